import { ownsKey } from '../../access/identity.js';
import type { ListenTo } from '../../pubsub/listening.js';
import type { Context } from '../../session.js';
import { wrongSubcommandArguments } from '../arguments.js';
import type { CommandDefinition } from '../definition.js';
import { Glob, goingOn, isMatchAll } from '../glob.js';
import { inSlices, type Steps } from '../slices.js';

/** The channels that somebody listens to, those that match a pattern if there is one, in slices. */
export function listed(what: ListenTo): CommandDefinition['handle'] {
  return (context, args) => {
    if (args.length > 3) throw wrongSubcommandArguments(args);
    const glob = args[2] === undefined || isMatchAll(args[2]) ? null : new Glob(args[2]);
    return inSlices(finding(context, what, glob), () => !context.session.isGone);
  };
}

// ---

const NAMES = 256;

function* finding({ host, session: { identity } }: Context, what: ListenTo, glob: Glob | null): Steps {
  const found = [];
  let seen = 0;
  for (const name of host.subscriptions.names(what)) {
    if (identity === null || !ownsKey(identity, name)) continue;
    if (glob === null || (glob.begin(name) ?? (yield* goingOn(glob)))) found.push(name);
    if (++seen % NAMES === 0) yield;
  }
  return found;
}
