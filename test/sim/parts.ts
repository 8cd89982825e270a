import { bytesToId } from '../../src/core/model/bytes.js';
import type { Entry } from '../../src/core/model/entry.js';

/**
 * What R13 says of parts, by itself, so that a bug in how the core reads their keys or compares them hides nothing. A part's key: its kind in
 * the upper half of a byte and the database in the lower half, the length of the client's key (7 bits a byte), that key, the part's name.
 */
const KINDS = { 1: 'hash', 2: 'set', 3: 'zset', 4: 'count', 5: 'expiry' } as const;
export type Kind = (typeof KINDS)[keyof typeof KINDS];

export interface Stamp {
  readonly hlc: number;
  readonly origin: string;
}

export interface Expiry {
  readonly base: Stamp;
  readonly expiryMs: number;
  readonly floor: number;
}

export function isPart(key: Uint8Array): boolean {
  return key.length > 1 && key[0]! >= 16 && key[0]! < 96;
}

export function kindOf(key: Uint8Array): Kind {
  return KINDS[(key[0]! >>> 4) as keyof typeof KINDS];
}

/** The full key of the whole, and the name of the part. */
export function splitPart(key: Uint8Array): { readonly whole: Uint8Array; readonly name: string } {
  let at = 1;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = key[at++]!;
    length += (byte & 127) * 2 ** shift;
    if (byte < 128) break;
  }
  const whole = Buffer.from([key[0]! & 15, ...key.subarray(at, at + length)]);
  return { whole, name: bytesToId(key.subarray(at + length)) };
}

/** The key of the expiry that the parts of a key have. */
export function expiryKeyOf(whole: Uint8Array): Uint8Array {
  const length = whole.length - 1;
  const bytes: number[] = [];
  for (let left = length; ; left >>>= 7) {
    if (left < 128) {
      bytes.push(left);
      break;
    }
    bytes.push((left & 127) | 128);
  }
  return Buffer.from([(5 << 4) | whole[0]!, ...bytes, ...whole.subarray(1)]);
}

export function isLater(a: Stamp, b: Stamp): boolean {
  return a.hlc !== b.hlc ? a.hlc > b.hlc : a.origin > b.origin;
}

export function isSame(a: Stamp, b: Stamp): boolean {
  return a.hlc === b.hlc && a.origin === b.origin;
}

/** Whether an entry takes the place of another one of its key. */
export function isLaterEntry(a: Entry, b: Entry): boolean {
  if (isPart(a.key)) {
    const [one, other] = kindOf(a.key) === 'expiry' ? [standing(a), standing(b)] : [a, b];
    return isLater(one, other) || (isSame(one, other) && isLater(a, b));
  }
  if (!isSame(a, b)) return isLater(a, b);
  return a.touch !== undefined && (b.touch === undefined || isLater(a.touch, b.touch));
}

/** The version that a whole must be above to end a part. */
export function standing(part: Entry): Stamp {
  if (part.value === null) return part;
  const kind = kindOf(part.key);
  return kind === 'expiry' ? readExpiry(part.value).base : kind === 'count' ? readCount(part.value).since : part;
}

/** Whether a store has an entry, or what says that it ended. */
export function isHeld(store: { get(key: Uint8Array): Entry | undefined }, entry: Entry): boolean {
  const held = store.get(entry.key);
  return (held !== undefined && !isLaterEntry(entry, held)) || isEnded(store, entry);
}

/** Whether the whole of a part has ended it. */
export function isEnded(store: { get(key: Uint8Array): Entry | undefined }, entry: Entry): boolean {
  if (!isPart(entry.key)) return false;
  const whole = store.get(splitPart(entry.key).whole);
  return whole !== undefined && isLater(whole, standing(entry));
}

export function readExpiry(value: Uint8Array): Expiry {
  const bytes = Buffer.from(value);
  const base = { hlc: bytes.readDoubleLE(0), origin: bytes.toString('latin1', 24) };
  return { base, expiryMs: bytes.readDoubleLE(8), floor: bytes.readDoubleLE(16) };
}

export function readCount(value: Uint8Array): { readonly sum: bigint; readonly since: Stamp } {
  const bytes = Buffer.from(value);
  return { sum: bytes.readBigInt64LE(0), since: { hlc: bytes.readDoubleLE(8), origin: bytes.toString('latin1', 16) } };
}
