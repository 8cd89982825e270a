import type { Bytes } from '../../../core/model/bytes.js';
import type { Reply } from '../codec/reply.js';
import { checkChannel } from '../pubsub/channel-name.js';
import type { ListenTo } from '../pubsub/listening.js';
import type { Session } from '../session.js';
import { copyOf } from './arguments.js';
import type { CommandDefinition } from './definition.js';

type Handle = CommandDefinition['handle'];

/** What SUBSCRIBE and its like do: the client listens to each of its arguments, all or none. */
export function subscribing(name: string, what: ListenTo): Handle {
  return ({ session, host }, args) => {
    const wanted = args.slice(1).map(copyOf);
    wanted.forEach(checkChannel);
    const messages = wanted.map((one) => {
      host.subscriptions.subscribe(session, what, one);
      return answer(name, session, what, one);
    });
    return { kind: 'pushes', messages };
  };
}

/** What UNSUBSCRIBE and its like do: without arguments the client listens to none of the kind any more. */
export function unsubscribing(name: string, what: ListenTo): Handle {
  return ({ session, host }, args) => {
    const named = args.length > 1 ? args.slice(1).map(copyOf) : (session.listening?.all(what) ?? []);
    const messages = named.map((one) => {
      host.subscriptions.unsubscribe(session, what, one);
      return answer(name, session, what, one);
    });
    return { kind: 'pushes', messages: messages.length > 0 ? messages : [answer(name, session, what, null)] };
  };
}

// ---

function answer(name: string, { listening }: Session, what: ListenTo, one: Bytes | null): Reply[] {
  return [name, one, listening?.count(what) ?? 0];
}
