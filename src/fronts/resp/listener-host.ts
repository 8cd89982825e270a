import { harmless } from '../../core/model/names.js';
import type { Publication } from '../../core/model/publication.js';
import { OPEN_ACCESS } from './access/access.js';
import { ANYBODY } from './access/identity.js';
import { Activity } from './activity.js';
import { askerText } from './admin.js';
import { ClientMemory } from './client-memory.js';
import { REPLY_BYTES_MAX } from './codec/reply-buffer.js';
import { ReplyWriter } from './codec/reply-writer.js';
import { DEFAULT_REQUEST_LIMITS } from './codec/request-parser.js';
import { COMMANDS } from './commands/registry.js';
import type { Connection, ConnectionHost } from './connection.js';
import { Exclusive } from './exclusive.js';
import { KeyEvents } from './key-events/key-events.js';
import { type LimitName, type Limits, USUAL_LIMITS } from './limits.js';
import type { ListenerOptions } from './listener-options.js';
import { Deliveries } from './pubsub/deliveries.js';
import { Subscriptions } from './pubsub/subscriptions.js';
import { Round } from './round.js';
import { Scripts } from './scripting/scripts.js';
import type { Session } from './session.js';

/** What the connections of a port share. Its place and its time are known once it is open. */
export type ListenerHost = ConnectionHost & { port: number; startedMs: number; isClosing: boolean };

export function createHost(
  options: ListenerOptions,
  sessions: ReadonlyMap<number, Session>,
  connections: ReadonlyMap<number, Connection>,
  exceeded: (limit: LimitName, who: string) => void,
): ListenerHost {
  const limits: Limits = { ...USUAL_LIMITS, ...options.limits };
  const { value: bulkBytesMax, request: requestBytesMax, arguments: argumentsMax } = limits;
  const writer = new ReplyWriter(REPLY_BYTES_MAX);
  const subscriptions = new Subscriptions(limits.patterns, exceeded);
  return {
    commands: COMMANDS,
    keyspace: options.keyspace,
    access: options.access ?? OPEN_ACCESS,
    adminHandler: options.adminHandler,
    sessions,
    port: options.port,
    startedMs: 0,
    isClosing: false,
    limits,
    exceeded,
    clientsMax: limits.clients,
    bulkBytesMax,
    requestBytesMax,
    deliveries: new Deliveries(),
    subscriptions,
    keyEvents: new KeyEvents(options.keyspace, subscriptions),
    scripts: new Scripts(limits['script-time'], (who) => exceeded('script-time', who)),
    publish: (publication: Publication) => {
      subscriptions.published++;
      options.onPublication?.(publication);
      return subscriptions.publish(publication);
    },
    requestLimits: { ...DEFAULT_REQUEST_LIMITS, bulkBytesMax, requestBytesMax, argumentsMax },
    outputLimits: { bytesMax: limits.output, stallMs: limits['output-time'] },
    writer,
    exclusive: new Exclusive(),
    clientMemory: new ClientMemory(limits['client-memory'], () => connections.values(), options.onWarning ?? warn),
    round: new Round(options.keyspace, writer),
    activity: new Activity(),
    counters: { connections: 0, rejected: 0, commands: 0 },
    reportInternalError: options.onInternalError ?? warn,
    scriptLog: (level: number, text: string, { name, address }: Session) => {
      // As Redis with its usual loglevel, notice.
      if (level < SCRIPT_NOTICE) return;
      const who = name === '' ? address : `${address} (${name})`;
      options.onScriptLog?.(level === SCRIPT_NOTICE ? 'info' : 'warn', harmless(`a script of ${who}: ${text}`));
    },
    reportAct: (text: string, { name, address, identity }: Session) => {
      const asker = { name: harmless(name === '' ? 'a client' : name), address, identity: identity ?? ANYBODY };
      options.onAct?.(harmless(`${text}, ${askerText(asker)}`), asker);
    },
  };
}

/** For the log of whoever has none. */
export function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}

// ---

const SCRIPT_NOTICE = 2;
