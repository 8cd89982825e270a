import { EVICTION_POLICIES } from '../core/store/eviction.js';
import { DEFAULT_ADDRESS } from '../links/address.js';

/**
 * Every option that a node is started with, written down once. The flags of `start` and `join`, what an application in Node.js hands
 * over, and the file in which a data directory remembers its last start all follow from this table.
 *
 * Words end without a full stop. What is remembered holds for later starts with the same directory, until it is given again.
 */
const START_OPTIONS = {
  name: {
    flag: 'name',
    kind: 'text',
    value: 'NAME',
    of: 'node',
    remembered: true,
    words: 'name of the node, unique in its cluster; default: the host name',
  },
  listen: {
    flag: 'listen',
    kind: 'text',
    value: 'HOST:PORT',
    of: 'node',
    remembered: true,
    words: `address to listen on; default: ${DEFAULT_ADDRESS}`,
  },
  advertise: {
    flag: 'advertise',
    kind: 'text',
    value: 'HOST:PORT',
    of: 'node',
    remembered: true,
    words: 'address that the others reach this node at; default: --listen',
  },
  trustNetwork: {
    flag: 'trust-network',
    kind: 'switch',
    of: 'node',
    remembered: true,
    default: false,
    words: 'listen beyond this machine although others could come in: nobody else is in this network',
  },
  secretFile: {
    flag: 'secret-file',
    kind: 'path',
    value: 'PATH',
    of: 'node',
    remembered: true,
    default: 'none',
    env: 'MNEME_SECRET_FILE',
    words: "file with the cluster's secret, which nodes and operators show each other; none (default): there is none",
  },
  secretOptional: {
    flag: 'secret-optional',
    kind: 'switch',
    of: 'node',
    remembered: true,
    default: false,
    words: 'while a cluster gets its secret: talk to nodes without it too',
  },
  tlsCert: {
    flag: 'tls-cert',
    kind: 'path',
    value: 'PATH',
    of: 'node',
    remembered: true,
    default: 'none',
    env: 'MNEME_TLS_CERT',
    words: 'certificate of this node (PEM), shown to clients and to other nodes; none (default): no TLS',
  },
  tlsKey: {
    flag: 'tls-key',
    kind: 'path',
    value: 'PATH',
    of: 'node',
    remembered: true,
    default: 'none',
    env: 'MNEME_TLS_KEY',
    words: 'its key (PEM)',
  },
  tlsCa: {
    flag: 'tls-ca',
    kind: 'path',
    value: 'PATH',
    of: 'node',
    remembered: true,
    default: 'none',
    env: 'MNEME_TLS_CA',
    words: "the authority that signs this cluster's certificates (PEM)",
  },
  tlsClients: {
    flag: 'tls-clients',
    kind: 'choice',
    choices: ['optional', 'require'],
    of: 'node',
    remembered: true,
    default: 'optional',
    words: 'whether clients have to show a certificate of that authority (default: optional)',
  },
  tlsOptional: {
    flag: 'tls-optional',
    kind: 'switch',
    of: 'node',
    remembered: true,
    default: false,
    words: 'while a cluster gets TLS: take and make connections without it too',
  },
  listenPlain: {
    flag: 'listen-plain',
    kind: 'text',
    value: '127.0.0.1:PORT',
    of: 'node',
    remembered: true,
    default: 'none',
    words: 'with TLS: a second port without it, for clients on this machine; none (default): there is none',
  },
  dir: {
    flag: 'dir',
    kind: 'text',
    value: 'PATH',
    of: 'node',
    remembered: false,
    exclusive: ['memory-only'],
    words: 'data directory; default: $XDG_DATA_HOME or ~/.local/share, then mneme/NAME',
  },
  discover: {
    flag: 'discover',
    kind: 'texts',
    value: 'SPEC',
    of: 'node',
    remembered: true,
    words:
      'how to find the other nodes, as long as this one runs: static:HOST:PORT,…, dns:NAME[:PORT], dns-srv:NAME, multicast[:GROUP:PORT] or kubernetes[:NAMESPACE/SELECTOR]; none: in no way any more',
  },
  engine: {
    flag: 'engine',
    kind: 'text',
    value: 'URL',
    of: 'node',
    remembered: true,
    env: 'MNEME_ENGINE',
    words:
      'attach to a Redis: redis://[USER:PASSWORD@]HOST:PORT[/DATABASE], redis+unix:///PATH[?db=DATABASE], redis+cluster://HOST:PORT,… for a Redis Cluster, redis+sentinel://HOST:PORT,…/NAME by Sentinel; rediss for TLS',
  },
  keys: {
    flag: 'keys',
    kind: 'text',
    value: 'PREFIX*',
    of: 'node',
    remembered: true,
    words: "keys of that Redis to replicate, such as 'session:*'; default: all",
  },
  memoryOnly: {
    flag: 'memory-only',
    kind: 'switch',
    of: 'node',
    remembered: false,
    words: 'keep nothing on disk: after a stop it comes back empty, as a new member',
  },
  fsync: {
    flag: 'fsync',
    kind: 'choice',
    choices: ['grouped', 'always'],
    of: 'node',
    remembered: true,
    default: 'grouped',
    exclusive: ['memory-only'],
    words: 'grouped (default): a reply survives a kill of the process; always: a power failure too',
  },
  maxMemory: {
    flag: 'max-memory',
    kind: 'bytes',
    of: 'node',
    remembered: true,
    default: 0,
    words: "memory that this node's entries may take, such as 512mb or 4gb; default, and with 0: no limit",
  },
  eviction: {
    flag: 'eviction',
    kind: 'choice',
    choices: EVICTION_POLICIES,
    of: 'node',
    remembered: true,
    default: 'noeviction',
    words:
      'at that limit: refuse writes that grow (noeviction, the default), or evict the least recently used entries, or those that expire first',
  },
  limits: {
    flag: 'limit',
    kind: 'texts',
    value: 'NAME=VALUE',
    of: 'node',
    remembered: true,
    words:
      'a limit, such as clients=2000, request-time=30s or set-aside=5000000 (see mneme node limits); usual: as if it was not given',
  },
  allowDrills: {
    flag: 'allow-drills',
    kind: 'switch',
    of: 'node',
    remembered: true,
    default: false,
    words: 'let mneme drill cut the links of this node',
  },
  http: {
    flag: 'http',
    kind: 'text',
    value: 'HOST:PORT',
    of: 'node',
    remembered: true,
    default: 'none',
    words: 'serve the dashboard, metrics for Prometheus, /healthz and /readyz at this address; none (default): do not',
  },
  logFormat: {
    flag: 'log-format',
    kind: 'choice',
    choices: ['text', 'json'],
    of: 'node',
    remembered: true,
    default: 'text',
    words: 'how lines of the log are written (default: text)',
  },
  onHeal: {
    flag: 'on-heal',
    kind: 'text',
    value: 'WHAT',
    of: 'founding',
    remembered: false,
    words:
      'for a new cluster: what to do when a split-brain is found: merge, promote-oldest, promote-largest, manual, or a policy (default: merge)',
  },
  failureTimeoutMs: {
    flag: 'failure-timeout',
    kind: 'milliseconds',
    of: 'founding',
    remembered: false,
    words: 'for a new cluster: silence after which a member counts as down, such as 5s',
  },
  stillMember: {
    flag: 'still-member',
    kind: 'switch',
    of: 'start',
    remembered: false,
    exclusive: ['memory-only'],
    words: "start with a data directory that is marked as a former member's by mistake; a real one is refused again",
  },
  peers: {
    flag: 'peer',
    kind: 'addresses',
    value: 'ADDRESS[,ADDRESS…]',
    of: 'start',
    remembered: false,
    exclusive: ['new', 'memory-only'],
    words: 'where members of its cluster are now, for a node with data that would not find them',
  },
  expect: {
    flag: 'expect',
    kind: 'count',
    value: 'N',
    max: 128,
    of: 'start',
    remembered: true,
    exclusive: ['new'],
    words: 'without data: wait until so many nodes see each other by --discover, and found one cluster with them',
  },
  isNew: {
    flag: 'new',
    kind: 'switch',
    of: 'start',
    remembered: false,
    words: 'found a cluster at once, whether or not another one knows a member of this name or address',
  },
  setAsideData: {
    flag: 'set-aside-data',
    kind: 'switch',
    of: 'join',
    remembered: false,
    exclusive: ['memory-only'],
    words: 'move data of another cluster into a dated folder first',
  },
} as const satisfies Readonly<Record<string, StartOption>>;

/** node: of every start; founding: settings of the cluster that a start founds; start, join: of that command alone. */
export type StartOptionGroup = 'node' | 'founding' | 'start' | 'join';

export interface StartOption {
  readonly flag: string;
  /** path: of a file, or `none`. texts: given several times. addresses: with commas between them. switch: true, or false. */
  readonly kind: 'text' | 'path' | 'texts' | 'addresses' | 'switch' | 'choice' | 'bytes' | 'milliseconds' | 'count';
  /** What stands for the value in help. */
  readonly value?: string;
  readonly words: string;
  readonly of: StartOptionGroup;
  readonly remembered: boolean;
  readonly choices?: readonly string[];
  readonly max?: number;
  readonly default?: string | number | boolean;
  /** Flags that it does not go with. */
  readonly exclusive?: readonly string[];
  /** An environment variable that says the same. */
  readonly env?: string;
}

type Table = typeof START_OPTIONS;
export type StartOptionName = keyof Table;

type ValueOf<O extends StartOption> = O extends { readonly choices: readonly (infer Choice)[] }
  ? Choice
  : O['kind'] extends 'text' | 'path'
    ? string
    : O['kind'] extends 'texts' | 'addresses'
      ? readonly string[]
      : O['kind'] extends 'switch'
        ? boolean
        : number;

/** Values of the options, by their names. */
export type StartOptions = { readonly [Name in StartOptionName]?: ValueOf<Table[Name]> };

/** Values of the flags, as they were typed: addresses in one text. */
export type StartFlags = {
  [Name in StartOptionName as Table[Name]['flag']]?:
    | (Table[Name]['kind'] extends 'addresses' ? string : ValueOf<Table[Name]>)
    | undefined;
};

type RememberedName = {
  [Name in StartOptionName]: Table[Name]['remembered'] extends true ? Name : never;
}[StartOptionName];

/** What a data directory remembers of its last start. */
export type RememberedOptions = Pick<StartOptions, RememberedName>;

export const START_OPTION_LIST = Object.entries(START_OPTIONS) as [StartOptionName, StartOption][];

/** What is so where nobody says otherwise. */
export const USUAL_OPTIONS: StartOptions = Object.fromEntries(
  START_OPTION_LIST.flatMap(([name, { default: usual }]) => (usual === undefined ? [] : [[name, usual]])),
);

/** Of these, what is to be remembered; not what is so by default. */
export function rememberedOf(options: StartOptions): RememberedOptions {
  const kept = START_OPTION_LIST.flatMap(([name, { remembered, default: usual }]) => {
    const value = options[name];
    const isUsual = value === undefined || value === usual || (Array.isArray(value) && value.length === 0);
    return remembered && !isUsual ? [[name, value]] : [];
  });
  return Object.fromEntries(kept);
}

/** What of a file is remembered options. What is of another kind counts as not said. */
export function readRemembered(read: Readonly<Record<string, unknown>>): RememberedOptions {
  const known = START_OPTION_LIST.filter(([name, option]) => option.remembered && isValue(option, read[name]));
  return Object.fromEntries(known.map(([name]) => [name, read[name]]));
}

function isValue({ kind, choices }: StartOption, value: unknown): boolean {
  if (kind === 'choice') return (choices as readonly unknown[] | undefined)?.includes(value) === true;
  if (kind === 'text' || kind === 'path') return typeof value === 'string';
  if (kind === 'switch') return typeof value === 'boolean';
  if (kind === 'texts' || kind === 'addresses')
    return Array.isArray(value) && value.every((one) => typeof one === 'string');
  return typeof value === 'number';
}
