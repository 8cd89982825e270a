import { ASIDE_BYTES_MAX, ASIDES_MAX } from '../../core/model/limits.js';
import { bytesOfSize } from '../../core/model/sizes.js';

/** What a client, or all of them, may make the node hold or do. Beyond it there is an error by name; the node lives, others are served. */
const TABLE = {
  clients: { unit: 'count', usual: 10_000, min: 1, words: 'clients at a time; open files may allow fewer' },
  'clients-per-address': { unit: 'count', usual: 0, min: 0, words: 'clients from one address' },
  links: { unit: 'count', usual: 128, min: 8, words: 'links that other nodes have made, and their looks for this one' },
  unauthenticated: { unit: 'count', usual: 1000, min: 1, words: 'clients that have yet to say who they are' },
  'authentication-time': { unit: 'time', usual: 10_000, min: 100, words: 'how long a client has to say who it is' },
  value: {
    unit: 'bytes',
    usual: 64 * 1024 * 1024,
    min: 1024,
    words: 'a value, or any argument; the same at all members',
  },
  request: { unit: 'bytes', usual: 256 * 1024 * 1024, min: 1024, words: 'a request, or a queued transaction' },
  arguments: { unit: 'count', usual: 1024 * 1024, min: 16, words: 'arguments of a request' },
  'request-time': { unit: 'time', usual: 60_000, min: 100, words: 'silence in the middle of a request' },
  output: { unit: 'bytes', usual: 64 * 1024 * 1024, min: 1024, words: 'replies that a client does not take' },
  'output-time': { unit: 'time', usual: 10_000, min: 10, words: 'how long it may take none of them' },
  messages: {
    unit: 'bytes',
    usual: 32 * 1024 * 1024,
    min: 1024,
    words: 'messages of channels that a subscriber does not take, or a quarter of it for a minute',
  },
  patterns: { unit: 'count', usual: 10_000, min: 1, words: 'patterns that all subscribers together listen to' },
  'client-memory': { unit: 'bytes', usual: 1024 ** 3, min: 0, words: 'requests and replies of all clients together' },
  'script-time': { unit: 'time', usual: 250, min: 5, words: 'how long a script may run, since all others wait for it' },
  'set-aside': {
    unit: 'count',
    usual: ASIDES_MAX,
    min: 0,
    words: 'values set aside; what would override more is refused, or waits',
  },
  'set-aside-memory': {
    unit: 'bytes',
    usual: ASIDE_BYTES_MAX,
    min: 0,
    max: 1024 ** 4,
    words: 'what these take',
  },
} as const satisfies Readonly<Record<string, Limit>>;

export interface Limit {
  readonly unit: 'count' | 'bytes' | 'time';
  readonly usual: number;
  /** 0 says that there is no limit, where 0 may be. */
  readonly min: number;
  /** Default: of what Node.js holds in one buffer, and its timers take. */
  readonly max?: number;
  readonly words: string;
}

export type LimitName = keyof typeof TABLE;
export type Limits = Readonly<Record<LimitName, number>>;

export const LIMITS: Readonly<Record<LimitName, Limit>> = TABLE;
export const LIMIT_NAMES = Object.keys(TABLE) as LimitName[];

export const USUAL_LIMITS = Object.fromEntries(LIMIT_NAMES.map((name) => [name, LIMITS[name].usual])) as Limits;

export function isLimitName(name: string): name is LimitName {
  return Object.hasOwn(TABLE, name);
}

/** A value as an operator writes it, such as `16mb` or `5s`; undefined if it is none for this limit. */
export function readLimit(name: LimitName, text: string): number | undefined {
  const { unit, min, max = LARGEST } = LIMITS[name];
  const value = unit === 'bytes' ? bytesOfSize(text) : unit === 'time' ? millisecondsOf(text) : countOf(text);
  return value === undefined || value < min || value > max ? undefined : value;
}

/** How values of a limit are written, for messages. */
export function limitRange(name: LimitName): string {
  const { unit, min, max = LARGEST } = LIMITS[name];
  if (unit === 'bytes') return `a size such as 16mb, from ${min} to ${max} bytes`;
  if (unit === 'time') return `a time such as 500ms or 10s, from ${min} to ${max} ms`;
  return `a number from ${min} to ${max}`;
}

// ---

const LARGEST = 2 ** 31 - 1;

function millisecondsOf(text: string): number | undefined {
  const match = /^(\d+)(ms|s|m)$/.exec(text);
  return match === null ? undefined : Number(match[1]) * { ms: 1, s: 1000, m: 60_000 }[match[2] as 'ms' | 's' | 'm'];
}

function countOf(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
