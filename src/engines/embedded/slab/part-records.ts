import { type Bytes, compareBytes } from '../../../core/model/bytes.js';
import type { Entry } from '../../../core/model/entry.js';
import { isEnded, PART, type PartKind, standsOn } from '../../../core/model/parts.js';
import type { Stamp } from '../../../core/model/version.js';
import type { PartSource, RestingKey } from '../../../core/store/owners.js';
import { type Resting, restingBytes, restingExpiry, restingFrom } from '../../../core/store/resting.js';
import { foldedExpiry } from './folded.js';
import type { Folds } from './folds.js';
import {
  hlcAt,
  isFoldedAt,
  isMarkedAt,
  isRestingAt,
  isTombstoneAt,
  keyStart,
  markedHlcAt,
  markedOriginAt,
  markedWritesAt,
  markPlain,
  originNumberAt,
  startsWith,
  valueAt,
  waitsAt,
} from './record.js';
import type { Records } from './records.js';
import type { Slab } from './slab.js';

/** The parts of keys among the records of a store, and the marks of the keys that have parts. */
export class PartRecords implements PartSource {
  constructor(
    private readonly records: Records,
    private readonly folds: Folds,
  ) {}

  get(key: Bytes): Entry | undefined {
    return this.records.get(key) ?? this.folds.get(key);
  }

  hashOf(key: Bytes): number {
    return this.records.hash(key);
  }

  forgetPart(key: Bytes): void {
    this.records.remove(key);
  }

  partsWith(hash: number, prefix: Bytes): Entry[] {
    const { index, space } = this.records;
    const shard = index.shard(hash);
    const parts: Entry[] = [];
    for (const slot of shard.slotsWith(hash)) {
      const slab = space.get(shard.slabAt(slot));
      const at = shard.offsetAt(slot);
      if (!isTombstoneAt(slab, at) && startsWith(slab, at, prefix)) parts.push(this.records.entryOf(slab, at));
    }
    parts.push(...this.folds.partsWith(hash, prefix));
    return parts.length < 2 ? parts : parts.sort((a, b) => compareBytes(a.key, b.key));
  }

  forgetEnded(hash: number, prefix: Bytes, whole: Stamp | undefined): void {
    const { index, space } = this.records;
    const shard = index.shard(hash);
    const isEndedAt = (slot: number): boolean => {
      const slab = space.get(shard.slabAt(slot));
      const at = shard.offsetAt(slot);
      return !isTombstoneAt(slab, at) && startsWith(slab, at, prefix) && isEnded(this.standsOnAt(slab, at), whole);
    };
    // Slots move as others are emptied.
    for (;;) {
      const slot = shard.slotsWith(hash).find(isEndedAt);
      if (slot === undefined) return;
      this.records.removeAt(shard, slot, hash);
    }
  }

  mark(key: Bytes, hasParts: boolean): void {
    const { records } = this;
    const { hash, slot } = records.find(key) ?? { hash: records.hash(key), slot: -1 };
    const entry = slot === -1 ? undefined : records.get(key);
    if (hasParts) records.put(entry ?? { ...BARE_MARK, key }, hash, slot, false, true);
    else if (entry === undefined) records.remove(key);
    else records.put(entry, hash, slot);
  }

  markPlain(key: Bytes, kind: PartKind | 0): void {
    const { slab, at } = this.records.find(key)!;
    markPlain(slab, at, kind);
  }

  latestOf(key: Bytes): (Stamp & { readonly writes: number }) | undefined {
    const place = this.records.find(key);
    if (place === undefined) return undefined;
    const { slab, at } = place;
    const writes = isMarkedAt(slab, at) ? markedWritesAt(slab, at) : 0;
    if (writes === 0) return undefined;
    return { writes, hlc: markedHlcAt(slab, at), origin: this.records.origins.nameOf(markedOriginAt(slab, at)) };
  }

  rest(key: Bytes, resting: Resting): boolean {
    const { records, folds } = this;
    // Nothing was written to it since.
    if (folds.isFolded(key)) return true;
    const value = restingBytes(resting, records.origins.numberOf(resting.newest.origin));
    const former = records.find(key);
    const waits = former !== undefined && waitsAt(former.slab, former.at);
    const hash = former?.hash ?? records.hash(key);
    records.put({ ...BARE_MARK, key, value }, hash, former?.slot ?? -1, false, true);
    if (resting.isPlain) this.markPlain(key, resting.kind);
    folds.rests(records.find(key)!, waits);
    return true;
  }

  restingAt(key: Bytes): Resting | undefined {
    const place = this.records.find(key);
    if (place === undefined || !isRestingAt(place.slab, place.at)) return undefined;
    if (isFoldedAt(place.slab, place.at)) return this.folds.restingAt(key);
    return restingFrom(valueAt(place.slab, place.at), (number) => this.records.origins.nameOf(number));
  }

  restingIn(index: number): RestingKey[] {
    const keys: RestingKey[] = [];
    this.records.each(index, (slab, at) => {
      if (!isRestingAt(slab, at)) return;
      const expiryMs = isFoldedAt(slab, at) ? foldedExpiry(valueAt(slab, at)) : restingExpiry(valueAt(slab, at));
      keys.push({ key: this.records.keyAt(slab, at), expiryMs });
    });
    return keys;
  }

  /** As `standsOn` of a part, which is no tombstone. */
  private standsOnAt(slab: Slab, at: number): Stamp {
    if (slab.bytes[keyStart(slab, at)]! >>> 4 === PART.count) return standsOn(this.records.entryOf(slab, at));
    return { hlc: hlcAt(slab, at), origin: this.records.origins.nameOf(originNumberAt(slab, at)) };
  }
}

// ---

/** The record of a key that has parts, and no entry of its own. */
const BARE_MARK = { value: null, hlc: 0, origin: '', seq: 0, expiryMs: 0 } as const;
