import { type Bytes, compareBytes, hashBytes } from '../model/bytes.js';
import type { Entry } from '../model/entry.js';
import { type Hlc, hlcFromMs } from '../model/hlc.js';
import { isEnded, isPartKey, PART, partKindOf, partPrefix, standsOn, wholeKeyOf } from '../model/parts.js';
import type { Owner, PartList } from '../store/owner.js';
import type { StoreReader } from '../store/store-reader.js';

type Reader = Pick<StoreReader, 'get' | 'owners'>;

/** What a store has for a key; undefined also for a part that its whole has ended, and that is only not forgotten yet. */
export function currentOf(store: Reader, key: Bytes): Entry | undefined {
  const entry = store.get(key);
  if (entry === undefined || !isPartKey(key)) return entry;
  return isEnded(standsOn(entry), store.get(wholeKeyOf(key))) ? undefined : entry;
}

/** The same at `nowMs`: nothing of what has expired with its key. */
export function currentAt(store: Reader, key: Bytes, nowMs: number): Entry | undefined {
  const entry = currentOf(store, key);
  return entry !== undefined && hasExpiredWithKey(store, entry, nowMs) ? undefined : entry;
}

/** Whether it is a part that has expired with its key, and is only not forgotten yet. */
function hasExpiredWithKey({ owners }: Reader, { key, value, ...version }: Entry, nowMs: number): boolean {
  if (!isPartKey(key) || value === null || partKindOf(key) === PART.expiry) return false;
  const owner = owners.get(wholeKeyOf(key));
  if (owner === undefined) return false;
  owners.settle(owner, nowMs);
  return standsOn({ key, value, ...version }).hlc < owner.settledAt;
}

/** Whether a key has parts that a reader finds at `nowMs`. */
export function hasLiveParts({ owners }: Reader, key: Bytes, nowMs: number): boolean {
  const owner = owners.get(key);
  if (owner === undefined) return false;
  owners.settle(owner, nowMs);
  return owner.hasParts;
}

/** The parts of a key that a reader finds at `nowMs`, of all kinds; its expiry is the last of them. */
export function livePartsOf(store: Reader, key: Bytes, nowMs: number): Entry[] {
  return [...eachLivePart(store, key, nowMs, null)];
}

/** The same one by one, from behind the part with this key on. The store must not change meanwhile. */
export function* eachLivePart(store: Reader, key: Bytes, nowMs: number, after: Bytes | null): Generator<Entry> {
  const owner = store.owners.get(key);
  if (owner === undefined || !hasLiveParts(store, key, nowMs)) return;
  const whole = store.get(key);
  const hasExpired = whole !== undefined && whole.expiryMs !== 0 && whole.expiryMs <= nowMs;
  const from = hasExpired ? hlcFromMs(whole.expiryMs) : 0;
  const kind = after === null ? 0 : partKindOf(after);
  for (const list of owner.lists) {
    if (list === undefined || list.kind < kind) continue;
    yield* livePartsIn(store, owner, list, from, list.kind > kind ? null : after);
  }
  const expiry = currentOf(store, partPrefix(PART.expiry, key));
  if (expiry !== undefined && expiry.value !== null) yield expiry;
}

/** `from`: counts that began before have expired with the whole. */
function* livePartsIn(
  { owners }: Reader,
  owner: Owner,
  list: PartList,
  from: Hlc,
  after: Bytes | null,
): Generator<Entry> {
  const above = after === null ? 0 : hashBytes(after);
  let last = -1;
  const { prefix } = list;
  for (const hash of list.hashes) {
    if (hash === last || hash < above) continue;
    last = hash;
    for (const part of owners.partsWith(prefix, hash)) {
      if (after !== null && hash === above && compareBytes(part.key, after) <= 0) continue;
      if (list.kind === PART.count && standsOn(part).hlc < from) continue;
      if (owners.lives(owner, part)) yield part;
    }
  }
}
