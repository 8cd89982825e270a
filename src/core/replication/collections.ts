import { type Bytes, idToBytes } from '../model/bytes.js';
import { type Entry, isDeleted, isLive } from '../model/entry.js';
import { type Hlc, hlcFromMs } from '../model/hlc.js';
import { countBytes, expiryBytes, PART, partKey } from '../model/parts.js';
import { isAfter, lastHlcOf, replicaOf, type Stamp } from '../model/version.js';
import type { Counted, Owner } from '../store/owner.js';
import { CollectionView } from './collection-view.js';
import type { Replica } from './replica.js';

/** What a key is by its parts; 'value': it has a value of its own, and parts that others wrote at the same time are not seen. */
export type Shape = 'field' | 'member' | 'score' | 'count' | 'value';

/** What a hash, a set and a sorted set are. */
export type CollectionShape = Exclude<Shape, 'count' | 'value'>;

/** What they need of their group. Who only reads needs the store alone. */
export type CollectionReplica = Pick<Replica, 'store' | 'origin' | 'write' | 'writeAt' | 'upcoming'>;

type PartShape = Exclude<Shape, 'value'>;

const COLLECTIONS = ['field', 'member', 'score'] as const;
const SHAPES: readonly (PartShape | undefined)[] = [undefined, ...COLLECTIONS];

/** The keys of a group that have parts: hashes, sets, sorted sets, and numbers to which replicas add (R13). */
export class Collections {
  private readonly self: string;
  private readonly selfName: Bytes;

  constructor(
    private readonly replica: CollectionReplica,
    private readonly nowMs: () => number,
  ) {
    this.self = replicaOf(replica.origin);
    this.selfName = idToBytes(this.self);
  }

  /** `key`: the full key of a whole, as everywhere here. undefined: there is no such key. */
  shapeOf(key: Bytes): Shape | undefined {
    const owner = this.find(key);
    if (owner === undefined) return isLive(this.replica.store.get(key), this.nowMs()) ? 'value' : undefined;
    if (owner.hasValue(this.nowMs())) return 'value';
    if (!owner.hasParts) return undefined;
    const { only } = owner;
    if (only !== undefined && only.kind !== PART.count) return SHAPES[only.kind];
    const shapes: PartShape[] = COLLECTIONS.filter((shape) => owner.sizeOf(PART[shape]) > 0);
    if (owner.sizeOf(PART.count) > 0 && this.countsOf(owner).length > 0) shapes.push('count');
    if (shapes.length < 2) return shapes[0];
    // Two islands made two kinds of it: the one that was written last is seen.
    return shapes.reduce((a, b) => (isAfter(this.newestOf(owner, b), this.newestOf(owner, a)) ? b : a));
  }

  /** The collection at a key that has this shape. */
  view(key: Bytes, shape: CollectionShape): CollectionView {
    const owner = this.find(key)!;
    this.replica.store.used(key);
    return new CollectionView(key, owner, owner.list(PART[shape]), this.replica.store);
  }

  /** Grows with each change of a key's parts; 0: it has none. */
  changesOf(key: Bytes): number {
    return this.find(key)?.changes ?? 0;
  }

  /** `at`: a time that the clock has passed; just now without it. */
  put(key: Bytes, shape: CollectionShape, name: Bytes, value: Bytes, at?: Hlc): Entry {
    return this.write(partKey(PART[shape], key, name), value, at);
  }

  /** Whether parts of the key were evicted here, which others may still have. */
  hasEvicted(key: Bytes): boolean {
    return this.find(key)?.hasEvicted === true;
  }

  /** Returns whether it was there. With the last part goes the expiry. */
  delete(key: Bytes, shape: CollectionShape, name: Bytes, at?: Hlc): boolean {
    const owner = this.find(key);
    if (owner === undefined) return false;
    const { store } = this.replica;
    const place = partKey(PART[shape], key, name);
    const part = store.get(place);
    if (part === undefined || isDeleted(part)) return false;
    const wasThere = store.owners.lives(owner, part);
    // What was evicted here was not there for a reader, but others still have it.
    if (!wasThere && !store.owners.isEvicted(owner, part)) return false;
    const { hlc, origin } = this.write(place, null, at);
    if (owner.hasEvicted) return wasThere;
    // Shares of a number that have ended may be left.
    if (owner.expiry !== null && owner.expiry.expiryMs !== 0 && this.shapeOf(key) === undefined)
      this.endExpiry(key, owner, owner.expiry.base, { hlc, origin }, at);
    return wasThere;
  }

  /** Unix time in milliseconds at which a key without a value of its own ends; 0: never. */
  expiryOf(key: Bytes): number {
    const expiryMs = this.find(key)?.expiry?.expiryMs ?? 0;
    return expiryMs > this.nowMs() ? expiryMs : 0;
  }

  /** Changes the expiry of a key that is there by its parts; 0: it has none any more. */
  expire(key: Bytes, expiryMs: number, at?: Hlc): void {
    const owner = this.find(key);
    if (owner === undefined || !owner.hasParts) return;
    let base = owner.expiry?.base;
    for (const list of owner.lists) {
      const newest = list === undefined || list.size === 0 ? null : list.newest;
      if (newest !== null && (base === undefined || isAfter(newest, base))) base = newest;
    }
    const expiry = { base: base!, expiryMs, floor: owner.settledAt };
    this.write(partKey(PART.expiry, key, NO_NAME), expiryBytes(expiry), at);
  }

  /** No write of the key, or of this part of it, is later than this, and nothing has ended that is; 0: there is none. */
  lastOf(key: Bytes, part?: Bytes): Hlc {
    const { store } = this.replica;
    const whole = store.get(key);
    const owner = this.find(key);
    let last = Math.max(whole === undefined ? 0 : lastHlcOf(whole), owner?.settledAt ?? 0);
    if (part !== undefined) return Math.max(last, store.get(part)?.hlc ?? 0);
    for (const list of owner?.lists ?? []) last = Math.max(last, list?.newest?.hlc ?? 0);
    return last;
  }

  // ---- numbers

  /** The number at a key to which replicas have added since its whole was written, as an entry; undefined: nobody has. */
  numberAt(key: Bytes, whole: Entry | undefined): (Entry & { value: Bytes }) | undefined {
    const owner = this.find(key);
    const counts = owner === undefined ? NO_COUNTS : this.countsOf(owner);
    if (owner === undefined || counts.length === 0) return undefined;
    this.replica.store.used(key);
    const nowMs = this.nowMs();
    const live = isLive(whole, nowMs) ? whole : undefined;
    const start = live === undefined ? 0n : integerIn(live);
    // Somebody wrote what is no number at the same time: that stands.
    if (start === undefined) return undefined;
    // Nor is it a number where somebody made a collection of it later.
    if (live === undefined && owner.only === undefined && this.shapeOf(key) !== 'count') return undefined;
    let sum = start;
    let latest = counts[0]!;
    for (const count of counts) {
      sum += count.sum;
      if (isAfter(count, latest)) latest = count;
    }
    const { hlc, origin, seq } = latest;
    const expiryMs = live === undefined ? this.expiryOf(key) : live.expiryMs;
    return { key, value: Buffer.from(String(BigInt.asIntN(64, sum)), 'latin1'), hlc, origin, seq, expiryMs };
  }

  /** Adds to this replica's share. The caller has seen to it that the whole is a number, or not there. */
  add(key: Bytes, amount: bigint): Entry {
    const { replica } = this;
    const { name, own } = this.ownShare(key);
    const since = own?.since ?? replica.upcoming();
    const sum = (own?.sum ?? 0n) + amount;
    return replica.write(this.sharePart(key, name), countBytes({ sum, since }), 0);
  }

  /** Where this replica's share is, or begins with what is added next. */
  shareOf(key: Bytes): Bytes {
    return this.sharePart(key, this.ownShare(key).name);
  }

  private ownShare(key: Bytes): { readonly name: string; readonly own: Counted | undefined } {
    const owner = this.find(key);
    const counts = owner === undefined ? NO_COUNTS : this.countsOf(owner);
    const name = owner?.hasEvicted === true ? this.shareName(key, counts) : this.self;
    return { name, own: counts.find((one) => one.name === name) };
  }

  private sharePart(key: Bytes, name: string): Bytes {
    return partKey(PART.count, key, name === this.self ? this.selfName : idToBytes(name));
  }

  /** Nobody but others knows how much was in a share that was evicted here: what is added from then on goes into another one. */
  private shareName(key: Bytes, counts: readonly Counted[]): string {
    const { self, replica } = this;
    if (replica.store.get(partKey(PART.count, key, this.selfName))?.evicted !== true) return self;
    const again = counts.find(({ name }) => name.startsWith(`${self}+`));
    return again?.name ?? `${self}+${replica.upcoming().hlc.toString(36)}`;
  }

  private countsOf(owner: Owner): readonly Counted[] {
    const counts = owner.lists[PART.count]?.counts ?? NO_COUNTS;
    const { whole } = owner;
    if (whole === undefined || whole.expiryMs === 0 || whole.expiryMs > this.nowMs()) return counts;
    const from = hlcFromMs(whole.expiryMs);
    // What the whole has ended is in no list.
    return counts.filter((count) => count.since.hlc >= from);
  }

  /** The last part is gone. One that was taken away before others changed the expiry ends what they made of it, all the same. */
  private endExpiry(key: Bytes, owner: Owner, known: Stamp, last: Stamp, at: Hlc | undefined): void {
    const place = partKey(PART.expiry, key, NO_NAME);
    const none = { base: isAfter(known, last) ? known : last, expiryMs: 0, floor: owner.settledAt };
    const isLater = at !== undefined && at > this.replica.store.get(place)!.hlc;
    this.write(place, expiryBytes(none), isLater ? at : undefined);
  }

  private write(key: Bytes, value: Bytes | null, at: Hlc | undefined): Entry {
    return at === undefined ? this.replica.write(key, value, 0) : this.replica.writeAt(at, key, value, 0);
  }

  private find(key: Bytes): Owner | undefined {
    const { owners } = this.replica.store;
    const owner = owners.get(key);
    if (owner !== undefined) owners.settle(owner, this.nowMs());
    return owner;
  }

  private newestOf(owner: Owner, shape: PartShape): Stamp {
    const parts: readonly Stamp[] =
      shape === 'count' ? this.countsOf(owner) : [...this.replica.store.owners.partsOf(owner.list(PART[shape]))];
    return parts.reduce((a, b) => (isAfter(b, a) ? b : a));
  }
}

const NO_COUNTS: readonly Counted[] = [];

function integerIn({ value, type }: Entry & { value: Bytes }): bigint | undefined {
  const text = type === undefined && value.length <= 20 ? Buffer.from(value).toString('latin1') : '';
  return /^(0|-?[1-9]\d*)$/.test(text) ? BigInt(text) : undefined;
}

const NO_NAME = new Uint8Array(0);
