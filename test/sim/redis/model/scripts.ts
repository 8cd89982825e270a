import { hash } from 'node:crypto';
import { RedisFailure } from '../../../../src/engines/redis/reply-parser.js';
import { COMPARE_AND_SET, LOOK, READ, SET_ELEMENTS } from '../../../../src/engines/redis/scripts.js';
import type { Call } from './commands.js';
import { failure, type Reply, type Simple, text } from './resp.js';

/** What a script does, in JavaScript: given its keys, its other arguments and what it calls. */
type Twin = (keys: readonly Buffer[], args: readonly Buffer[], pcall: (...args: (string | Buffer)[]) => Reply) => Reply;

/** The scripts of the bridge. Whoever changes one changes its twin; `model.test.ts` compares them on a real Redis. */
const TWINS: ReadonlyMap<string, Twin> = new Map([
  [shaOf(LOOK), look],
  [shaOf(READ), read],
  [shaOf(COMPARE_AND_SET), compareAndSet],
  [shaOf(SET_ELEMENTS), setElements],
]);

export function runScript({ server, args }: Call, inside: (args: readonly Buffer[]) => Reply): Reply {
  const isWhole = String(args[0]).toUpperCase() === 'EVAL';
  const sha = isWhole ? shaOf(String(args[1])) : String(args[1]);
  if (isWhole) server.scripts.add(sha);
  if (!server.scripts.has(sha)) return failure('NOSCRIPT No matching script. Please use EVAL.');
  const twin = TWINS.get(sha);
  if (twin === undefined) throw new Error(`the model of Redis has no twin of the script ${sha}`);
  const keys = Number(args[2]);
  try {
    return twin(args.slice(3, 3 + keys), args.slice(3 + keys), (...call) =>
      inside(call.map((arg) => (typeof arg === 'string' ? text(arg) : arg))),
    );
  } catch (error) {
    if (error instanceof RedisFailure) return failure(`${error.message} script: ${sha}, on @user_script:1.`);
    throw error;
  }
}

// ---------------------------------------------------------------------------------------------------------------------

type Pcall = Parameters<Twin>[2];

function shaOf(script: string): string {
  return hash('sha1', script, 'hex');
}

/** An error ends the script. */
function call(pcall: Pcall, ...args: (string | Buffer)[]): Reply {
  const reply = pcall(...args);
  if (reply instanceof RedisFailure) throw reply;
  return reply;
}

function typeOf(pcall: Pcall, key: Buffer): string {
  return (call(pcall, 'TYPE', key) as Simple).text;
}

/** What Lua's numbers would lose goes as a text. */
function expiryOf(pcall: Pcall, key: Buffer): Reply {
  const expiry = call(pcall, 'PEXPIRETIME', key) as number;
  return expiry < 2 ** 53 ? expiry : text(String(expiry));
}

function bytesOf(pcall: Pcall, key: Buffer, name: string): Buffer {
  return call(pcall, name === 'string' ? 'GET' : 'DUMP', key) as Buffer;
}

function digestOf(value: Buffer, name: string): Buffer {
  return name === 'string' ? text(hash('sha1', value, 'hex')) : value.subarray(-8);
}

interface Share {
  readonly keys: readonly Buffer[];
  /** How many it may go through. */
  readonly bytes: number;
  /** From how many elements on a collection is a large one. */
  readonly largeFrom: number;
}

function shareOf(keys: readonly Buffer[], args: readonly Buffer[]): Share {
  const [bytes, largeFrom] = [Number(args[0]), Number(args[1])];
  return { keys: keys.length === 0 ? args.slice(2) : keys, bytes, largeFrom };
}

const COUNTS: Readonly<Record<string, string>> = { hash: 'HLEN', set: 'SCARD', zset: 'ZCARD' };

/** null: it is no large collection. */
function largeOf(pcall: Pcall, key: Buffer, name: string, largeFrom: number): readonly Reply[] | null {
  const command = COUNTS[name];
  const count = command === undefined ? 0 : (call(pcall, command, key) as number);
  return count >= largeFrom ? [text(name), count, expiryOf(pcall, key)] : null;
}

function look(declared: readonly Buffer[], args: readonly Buffer[], pcall: Pcall): Reply {
  const { keys, bytes, largeFrom } = shareOf(declared, args);
  let left = bytes;
  return keys.map((key, i) => {
    const name = typeOf(pcall, key);
    if (name === 'none') return null;
    const large = largeOf(pcall, key, name, largeFrom);
    if (large !== null) return large;
    if (left <= 0) return 0;
    const value = bytesOf(pcall, key, name);
    const isTooLong = value.length > left && i > 0;
    left -= value.length;
    return isTooLong ? value.length : [text(name), digestOf(value, name), expiryOf(pcall, key)];
  });
}

function read(declared: readonly Buffer[], args: readonly Buffer[], pcall: Pcall): Reply {
  const { keys, bytes, largeFrom } = shareOf(declared, args);
  const found: Reply[] = [];
  let left = bytes;
  let count = 4;
  for (let at = 0; at < keys.length; ) {
    const batch = keys.slice(at, at + count);
    if (left <= 0) return [...found, ...keys.slice(at).map(() => 0)];
    const before = left;
    const texts = call(pcall, 'MGET', ...batch) as Reply[];
    for (const [n, value] of texts.entries()) {
      const given = readOne(pcall, batch[n]!, { value: value as Buffer | null, left, largeFrom });
      found.push(given.reply);
      left -= given.bytes;
    }
    const hasPostponed = found.slice(at).some((reply) => typeof reply === 'number');
    at += batch.length;
    count = !hasPostponed && before - left < 65536 ? count * 2 : 1;
  }
  return found;
}

function readOne(
  pcall: Pcall,
  key: Buffer,
  { value, left, largeFrom }: { value: Buffer | null; left: number; largeFrom: number },
): { reply: Reply; bytes: number } {
  const name = value === null ? typeOf(pcall, key) : 'string';
  if (name === 'none') return { reply: null, bytes: 0 };
  const large = largeOf(pcall, key, name, largeFrom);
  if (large !== null) return { reply: large, bytes: 0 };
  const bytes = value ?? (call(pcall, 'DUMP', key) as Buffer);
  if (bytes.length > left) return { reply: bytes.length, bytes: 0 };
  const expiry = expiryOf(pcall, key);
  const asText = expiry === -1 ? bytes : [bytes, expiry];
  return { reply: name === 'string' ? asText : [text(name), bytes, expiry], bytes: bytes.length };
}

function compareAndSet([key]: readonly Buffer[], args: readonly Buffer[], pcall: Pcall): Reply {
  const [digest, expiry, maybeMissing, verb, bytes, newExpiry, largeFrom, largeAfter] = args;
  const now = lookAt(pcall, key!, Number(largeFrom));
  const known = Number(String(expiry));
  if (!isKnown(pcall, now, digest!, known, String(maybeMissing) === '1')) return [0, now];
  if (String(verb) === 'DEL') {
    call(pcall, 'UNLINK', key!);
    return [1, null];
  }
  const done =
    String(verb) === 'RESTORE'
      ? pcall('RESTORE', key!, newExpiry!, bytes!, 'REPLACE', 'ABSTTL')
      : String(newExpiry) === '0'
        ? pcall('SET', key!, bytes!)
        : pcall('SET', key!, bytes!, 'PXAT', newExpiry!);
  if (done instanceof RedisFailure) return done.message.startsWith('ERR') ? [2, text(done.message)] : done;
  return [1, lookAt(pcall, key!, Number(largeAfter))];
}

function lookAt(pcall: Pcall, key: Buffer, largeFrom: number): readonly Reply[] | null {
  const name = typeOf(pcall, key);
  const large = largeOf(pcall, key, name, largeFrom);
  if (large !== null) return large;
  return name === 'none' ? null : [text(name), digestOf(bytesOf(pcall, key, name), name), expiryOf(pcall, key)];
}

function isKnown(
  pcall: Pcall,
  now: readonly Reply[] | null,
  digest: Buffer,
  expiry: number,
  maybeMissing: boolean,
): boolean {
  if (now === null) {
    return digest.length === 0 || maybeMissing || (expiry > 0 && expiry <= timeOf(pcall));
  }
  return Buffer.isBuffer(now[1]) && now[1].equals(digest) && expiry === Math.max(0, Number(now[2]));
}

function timeOf(pcall: Pcall): number {
  const [seconds, micros] = (call(pcall, 'TIME') as Buffer[]).map(Number);
  return seconds! * 1000 + Math.floor(micros! / 1000);
}

const ELEMENT_COMMANDS: Readonly<Record<string, readonly [get: string, put: string, remove: string]>> = {
  hash: ['HGET', 'HSET', 'HDEL'],
  set: ['SISMEMBER', 'SADD', 'SREM'],
  zset: ['ZSCORE', 'ZADD', 'ZREM'],
};

function setElements([key]: readonly Buffer[], args: readonly Buffer[], pcall: Pcall): Reply {
  const kind = String(args[1]);
  const [get, put, remove] = ELEMENT_COMMANDS[kind]!;
  if (typeOf(pcall, key!) !== (String(args[2]) === '1' ? 'none' : kind)) return 0;
  const count = Number(args[4]);
  const expiry = Math.max(0, Number(expiryOf(pcall, key!)));
  if (count > 0 && !args.slice(5, 5 + count).some((one) => Number(String(one)) === expiry)) return 0;
  const wantedExpiry = Number(String(args[3]));
  if (count > 0 && wantedExpiry !== 0 && wantedExpiry <= timeOf(pcall)) return 0;
  const changes: (readonly [name: Buffer, wanted: string])[] = [];
  for (let at = 5 + count; at < args.length; ) {
    const [name, values] = [args[at]!, Number(String(args[at + 1]))];
    const known = args.slice(at + 2, at + 2 + values).map((one) => one.toString('latin1'));
    const held = markedValue(kind, call(pcall, get, key!, name));
    if (!known.slice(1).some((one) => isSameElement(kind, one, held))) return 0;
    if (!isSameElement(kind, known[0]!, held)) changes.push([name, known[0]!]);
    at += 2 + values;
  }
  if (String(args[0]) === 'look') return 1;
  for (const [name, wanted] of changes) {
    if (wanted === '-') continue;
    const value = text(wanted.slice(1));
    call(pcall, put, key!, ...(kind === 'hash' ? [name, value] : kind === 'set' ? [name] : [value, name]));
  }
  if (count > 0 && String(args[3]) === '0') call(pcall, 'PERSIST', key!);
  if (count > 0 && String(args[3]) !== '0') call(pcall, 'PEXPIREAT', key!, args[3]!);
  for (const [name, wanted] of changes) if (wanted === '-') call(pcall, remove, key!, name);
  return 1;
}

function markedValue(kind: string, value: Reply): string {
  if (kind === 'set') return value === 1 ? '+' : '-';
  return value === null ? '-' : `+${(value as Buffer).toString('latin1')}`;
}

function isSameElement(kind: string, known: string, now: string): boolean {
  if (known === now || kind !== 'zset' || known === '-' || now === '-') return known === now;
  return Number(known.slice(1)) === Number(now.slice(1));
}
