import { INT64_MAX } from '../../codec/integer.js';
import { RespError } from '../../keyspace.js';
import type { Context, Host } from '../../session.js';
import { DATABASES } from '../../session.js';
import { portParameters, takePortParameters } from './port-parameters.js';

/** What clients read by CONFIG GET, by Redis' names: what is as it is, what can be set here, and what the node keeps. */
export function parametersOf(context: Context): Record<string, string> {
  const { host, keyspace } = context;
  const settable = Object.entries(SETTABLE).map(([name, { get }]) => [name, String(get(host))]);
  return {
    ...FIXED,
    ...fixedOf(host),
    ...Object.fromEntries(settable),
    ...portParameters(host),
    ...keyspace.parameters(),
  };
}

/** Sets some of them, all or none. Throws a RespError as Redis does. */
export function setParameters({ host, keyspace }: Context, values: ReadonlyMap<string, string>): void {
  const own: (() => void)[] = [];
  const ofNode = new Map<string, string>();
  for (const [name, value] of values) {
    const settable = SETTABLE[name];
    if (settable !== undefined) {
      const number = numberOf(name, value, settable.min);
      own.push(() => settable.set(host, number));
    } else if (name in FIXED || name in fixedOf(host)) throw refused(name, "can't set immutable config");
    else ofNode.set(name, value);
  }
  own.push(takePortParameters(host, ofNode));
  if (ofNode.size > 0) keyspace.setParameters(ofNode);
  for (const set of own) set();
}

export function refused(name: string, reason: string): RespError {
  return new RespError(`ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`);
}

// ---

interface Settable {
  readonly min: number;
  get(host: Host): number;
  set(host: Host, value: number): void;
}

const SETTABLE: Readonly<Record<string, Settable>> = {
  'slowlog-log-slower-than': {
    min: -1,
    get: ({ activity }) => activity.slowlog.threshold,
    set: ({ activity }, value) => {
      activity.slowlog.threshold = value;
    },
  },
  'slowlog-max-len': {
    min: 0,
    get: ({ activity }) => activity.slowlog.sizeMax,
    set: ({ activity }, value) => {
      activity.slowlog.sizeMax = Math.min(value, SLOWLOG_ENTRIES_MAX);
    },
  },
};

/** An entry may take some kilobytes. */
const SLOWLOG_ENTRIES_MAX = 10_000;

const FIXED: Readonly<Record<string, string>> = {
  databases: String(DATABASES),
  save: '',
  timeout: '0',
  'tcp-keepalive': '300',
  'tcp-backlog': '511',
  requirepass: '',
  hz: '10',
  loglevel: 'notice',
  logfile: '',
  daemonize: 'no',
  supervised: 'no',
  'protected-mode': 'no',
  'cluster-enabled': 'no',
  'maxmemory-samples': '5',
  'latency-monitor-threshold': '0',
  'latency-tracking': 'no',
  rdbcompression: 'no',
  rdbchecksum: 'yes',
  dbfilename: '',
  'no-appendfsync-on-rewrite': 'no',
  'min-replicas-to-write': '0',
  'min-replicas-max-lag': '10',
  'replica-read-only': 'no',
  'replica-serve-stale-data': 'yes',
  replicaof: '',
  slaveof: '',
  'io-threads': '1',
  activedefrag: 'no',
  'lazyfree-lazy-eviction': 'no',
  'lazyfree-lazy-expire': 'no',
  'lazyfree-lazy-user-del': 'no',
  'lazyfree-lazy-user-flush': 'no',
};

function fixedOf({ clientsMax, bulkBytesMax, port, limits }: Host): Record<string, string> {
  return {
    maxclients: String(clientsMax),
    'proto-max-bulk-len': String(bulkBytesMax),
    port: String(port),
    'client-output-buffer-limit': `normal 0 0 0 slave 268435456 67108864 60 pubsub ${limits.messages} ${Math.floor(limits.messages / 4)} 60`,
    'lua-time-limit': String(limits['script-time']),
    'busy-reply-threshold': String(limits['script-time']),
  };
}

function numberOf(name: string, value: string, min: number): number {
  if (!/^-?\d{1,19}$/.test(value)) throw refused(name, "argument couldn't be parsed into an integer");
  if (BigInt(value) > INT64_MAX) throw refused(name, "argument couldn't be parsed into an integer");
  if (Number(value) < min) throw refused(name, `argument must be between ${min} and ${INT64_MAX} inclusive`);
  return Number(value);
}
