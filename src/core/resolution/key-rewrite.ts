import type { Bytes } from '../model/bytes.js';
import { type Entry, isLive } from '../model/entry.js';
import type { Hlc } from '../model/hlc.js';
import { countFrom, expiryBytes, expiryFrom, PART, partKindOf } from '../model/parts.js';
import { isAfter, type Stamp } from '../model/version.js';
import type { Replica } from '../replication/replica.js';
import { type Content, contentOf } from './outcome.js';

/** A key with all of its parts, as it is written anew. */
export interface KeyContent {
  readonly key: Bytes;
  readonly whole: Content;
  readonly parts: readonly Entry[];
}

/** Of a number the sum is written, as a whole: each share is its replica's alone to write. */
export function keyContent(key: Bytes, whole: Entry | undefined, parts: readonly Entry[], nowMs: number): KeyContent {
  const counts = parts.filter((part) => partKindOf(part.key) === PART.count && part.value !== null);
  const others = parts.filter((part) => partKindOf(part.key) !== PART.count);
  const content = contentOf(whole, nowMs);
  const start = content.value === null ? 0n : integerIn(content);
  if (counts.length === 0 || start === undefined || (content.value === null && isHidden(counts, others)))
    return { key, whole: content, parts: others };
  const sum = counts.reduce((all, { value }) => all + countFrom(value!).sum, start);
  const expiry = others.find((part) => partKindOf(part.key) === PART.expiry);
  const expiryMs = isLive(whole, nowMs) ? content.expiryMs : expiryMsOf(expiry, nowMs);
  return { key, whole: { value: Buffer.from(String(BigInt.asIntN(64, sum))), expiryMs }, parts: others };
}

/**
 * Writes the parts of a key anew, then its whole, all at one time: the whole ends what is older, and not what has the same version. What is
 * later than the time stands.
 */
export function* rewriteKey(replica: Replica, at: Hlc, { key, whole, parts }: KeyContent): Generator<undefined> {
  const stamp = { hlc: at, origin: replica.origin };
  for (const part of parts) {
    if (isBefore(replica.store.get(part.key), stamp))
      replica.writeAt(at, part.key, part.value && rebased(part.key, part.value, stamp), 0);
    yield;
  }
  if (isBefore(replica.store.get(key), stamp)) replica.writeAt(at, key, whole.value, whole.expiryMs, whole.type);
  yield;
}

/** The value of a part that is written anew: an expiry stands on what is written with it. */
export function rebased(key: Bytes, value: Bytes, base: Stamp): Bytes {
  return partKindOf(key) === PART.expiry ? expiryBytes({ ...expiryFrom(value), base }) : value;
}

// ---

/** Islands have made two kinds of the key, and what was written last is no number. */
function isHidden(counts: readonly Entry[], others: readonly Entry[]): boolean {
  const elements = others.filter((part) => partKindOf(part.key) !== PART.expiry && part.value !== null);
  return elements.some((part) => counts.every((count) => isAfter(part, count)));
}

function isBefore(current: Entry | undefined, stamp: Stamp): boolean {
  return current === undefined || isAfter(stamp, current);
}

function expiryMsOf(expiry: Entry | undefined, nowMs: number): number {
  const expiryMs = expiry === undefined || expiry.value === null ? 0 : expiryFrom(expiry.value).expiryMs;
  return expiryMs > nowMs ? expiryMs : 0;
}

function integerIn({ value, type }: Content): bigint | undefined {
  const text = type === undefined && value!.length <= 20 ? Buffer.from(value!).toString('latin1') : '';
  return /^(0|-?[1-9]\d*)$/.test(text) ? BigInt(text) : undefined;
}
