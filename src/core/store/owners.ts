import { BUCKETS, type Bytes, bytesToId, hashBytes, hashPart, seedAfter } from '../model/bytes.js';
import { type Entry, stubOf } from '../model/entry.js';
import type { Hlc } from '../model/hlc.js';
import {
  isEnded,
  lengthEnd,
  nameOf,
  nameStart,
  PART,
  type PartKind,
  partDatabase,
  partKindOf,
  partPrefix,
  scoreIn,
  standsOn,
  wholeKeyOf,
} from '../model/parts.js';
import { isAfter, type Origin, type Stamp } from '../model/version.js';
import { Owner, PartList } from './owner.js';
import type { Resting } from './resting.js';
import { ScoreList } from './score-list.js';

/** Where the parts themselves are. */
export interface PartSource {
  /** The parts that have this hash, and whose keys begin so, in the order of their keys; evicted ones too, and no deleted ones. */
  partsWith(hash: number, prefix: Bytes): Entry[];
  get(key: Bytes): Entry | undefined;
  /** The key has parts from now on, or no more: whoever reads its whole has to know. */
  mark(key: Bytes, hasParts: boolean): void;
  /**
   * All parts of a key that has any are of this kind, alive and for good (see Owner.plain); 0: it is not as simple as that any more. After
   * `mark`, and after its whole has changed, nothing is said yet.
   */
  markPlain(key: Bytes, kind: PartKind | 0): void;
  /** How many parts of a key were written where they lie since it was marked, and the version of the latest; undefined: none. */
  latestOf(key: Bytes): (Stamp & { readonly writes: number }) | undefined;
  /** Keeps in the mark of a key that has no entry what is known of it, until the mark is changed. Returns whether it does. */
  rest(key: Bytes, resting: Resting): boolean;
  /** What was kept in a mark; undefined: nothing. */
  restingAt(key: Bytes): Resting | undefined;
  /** The keys in a bucket in whose marks something is kept, or was when they were put away last; with an expiry, and when that is. */
  restingIn(bucket: number): RestingKey[];
  /** Forget the parts with this hash, whose keys begin so, and that the whole has ended. */
  forgetEnded(hash: number, prefix: Bytes, whole: Stamp | undefined): void;
  /** Of a key, as the store finds it by. */
  hashOf(key: Bytes): number;
  /** Forget a part physically, and nothing but that. */
  forgetPart(key: Bytes): void;
}

export interface RestingKey {
  readonly key: Bytes;
  /** 0: it has none. */
  readonly expiryMs: number;
}

interface WrittenParts {
  readonly bytes: Buffer;
  readonly places: Int32Array;
}

/**
 * Which keys have parts, and which: what can be told of a store's entries, kept up to date as they come and go. It has a few objects for
 * each such key, and some bytes for each part. Of most keys with a few parts it has nothing: what is known of those rests in their marks, but
 * for those that were asked for lately.
 */
export class Owners {
  private readonly byHash = new Map<number, Owner>();
  private readonly byBucket: (Owner[] | undefined)[] = [];
  size = 0;
  private changes = 0;
  /** How many parts were written where they lie, of which the marks of their keys tell. */
  marksWritten = 0;
  /** A command asks for the same one several times. */
  private recent: Owner | undefined;
  private readonly counted = new Int32Array(16);
  /** By database: those counted that have an expiry. */
  private readonly countedEnding = new Int32Array(16);
  /** Those with parts that are to be forgotten. */
  private readonly sweeping = new Set<Owner>();
  /** Those that were evicted, with parts that still have their values. */
  private readonly evicting = new Set<Owner>();
  /** Keys with parts to evict that have an expiry. */
  ending = 0;
  /** Keys with parts that were evicted, and without a whole that was. */
  evictedCount = 0;

  /** By bucket: none of those that rest expires before this. */
  private readonly restingUntil: number[] = [];

  /** Those that were made or woken last, in a ring. */
  private readonly awake: (Owner | undefined)[] = [];
  private woken = 0;
  private readonly overdue: Owner[] = [];
  /** Nothing may move in the store for now. */
  isStill = false;

  constructor(
    private readonly source: PartSource,
    private readonly awakeMax = AWAKE_MAX,
  ) {}

  get isSweeping(): boolean {
    return this.sweeping.size > 0;
  }

  get isEvicting(): boolean {
    return this.evicting.size > 0;
  }

  /** Keys of a database that have parts and no value of their own. */
  countIn(database: number): number {
    return this.counted[database] ?? 0;
  }

  /** Those among them that have an expiry. */
  countEndingIn(database: number): number {
    return this.countedEnding[database] ?? 0;
  }

  /** What has expired in a bucket at `nowMs` counts no more. */
  settleIn(index: number, nowMs: number): void {
    if (this.size > 0) for (const owner of this.endingIn(index, nowMs)) this.settle(owner, nowMs);
  }

  get(wholeKey: Bytes): Owner | undefined {
    if (this.size === 0 || wholeKey.length === 0) return undefined;
    const { recent } = this;
    if (recent?.hasKey(wholeKey[0]!, wholeKey, 1, wholeKey.length)) return this.upToDate(recent);
    const hash = hashBytes(wholeKey);
    return this.find(hash, wholeKey[0]!, wholeKey, 1, wholeKey.length) ?? this.wake(wholeKey, hash);
  }

  /** The one that a part belongs to. */
  ofPart(partKey: Bytes): Owner | undefined {
    if (this.size === 0) return undefined;
    const [database, start, end] = [partDatabase(partKey), lengthEnd(partKey), nameStart(partKey)];
    const { recent } = this;
    if (recent?.hasKey(database, partKey, start, end)) return this.upToDate(recent);
    const hash = hashPart(partKey, start, end, seedAfter(database));
    return this.find(hash, database, partKey, start, end) ?? this.wake(wholeKeyOf(partKey), hash);
  }

  /** The one of a key that lies in some bytes from `start` on, behind the byte of its database, unless it rests. `hash`: of the full key. */
  awakeAt(hash: number, database: number, bytes: Bytes, start: number, end: number): Owner | undefined {
    const { recent } = this;
    if (recent?.hasKey(database, bytes, start, end)) return this.upToDate(recent);
    return this.find(hash, database, bytes, start, end);
  }

  /** Whether an object is there for a key: then what rests in its mark may be old. */
  isAwake(key: Bytes): boolean {
    return this.find(hashBytes(key), key[0]!, key, 1, key.length) !== undefined;
  }

  inBucket(index: number): Iterable<Owner> {
    if (this.size === 0) return NONE;
    const owners = new Set(this.byBucket[index]?.map((owner) => this.upToDate(owner)));
    for (const { key } of this.source.restingIn(index)) owners.add(this.get(key)!);
    return owners;
  }

  /** Those of which something has expired at `nowMs`, and some of which something will. */
  endingIn(index: number, nowMs: number): Owner[] {
    if ((this.restingUntil[index] ?? Number.POSITIVE_INFINITY) <= nowMs) this.wakeExpired(index, nowMs);
    return this.byBucket[index]?.filter((owner) => owner.expiry !== null || owner.settledAt !== 0) ?? [];
  }

  private wakeExpired(index: number, nowMs: number): void {
    this.restingUntil[index] = Number.POSITIVE_INFINITY;
    for (const { key, expiryMs } of this.source.restingIn(index)) {
      if (expiryMs > nowMs) this.noteRestingUntil(index, expiryMs);
      // Then it does not go back to rest.
      else if (expiryMs !== 0) this.settle(this.get(key)!, nowMs);
    }
  }

  private noteRestingUntil(bucket: number, expiryMs: number): void {
    this.restingUntil[bucket] = Math.min(this.restingUntil[bucket] ?? Number.POSITIVE_INFINITY, expiryMs);
  }

  /** The members of a sorted set in their order. */
  scoresOf(list: PartList): ScoreList {
    if (list.scores !== null) return list.scores;
    const scores = new ScoreList();
    for (const { key, value } of this.partsOf(list)) scores.insert(scoreIn(value!), bytesToId(nameOf(key)));
    list.scores = scores;
    return scores;
  }

  /** All parts with this hash that the store has, those that do not live included, in the order of their names. */
  partsWith(prefix: Bytes, hash: number): Entry[] {
    return this.source.partsWith(hash, prefix);
  }

  /** Whether a part that is in the store lives. */
  lives(owner: Owner, part: Entry): boolean {
    if (part.value === null) return false;
    if (!owner.hasDead) return true;
    if (owner.evicted.length > 0 && this.isEvicted(owner, part)) return false;
    return standsOn(part).hlc >= owner.settledAt && !this.hasEnded(owner, part);
  }

  /** A part takes the place of another, which was in the store; undefined: of none. `known`: the one that it belongs to. */
  put(part: Entry, hash: number, former: Entry | undefined, known: Owner | undefined): void {
    const owner = known ?? this.newOwner(part.key);
    owner.changes = ++this.changes;
    const kind = partKindOf(part.key);
    if (kind === PART.expiry) owner.noteExpiry(part.value);
    else {
      const list = owner.list(kind);
      const wasEvicted = former !== undefined && this.takeEvicted(owner, kind, hash, former);
      const wasListed = !wasEvicted && former !== undefined && former.value !== null && !this.hasEnded(owner, former);
      if (wasListed && part.value !== null && list.replace(part, former, owner.settledAt)) return;
      if (wasListed) owner.listOf(kind, former).take(hash, former);
      if (part.value !== null) owner.listOf(kind, part).add(hash, part);
      else if (part.evicted === true) owner.evictedList(kind).add(hash, part);
    }
    this.update(owner);
  }

  /** Readers find the parts of a key no more. Their values go in slices, see `nextEvicted`. */
  evict(key: Bytes): void {
    const owner = this.get(key);
    if (owner === undefined) return;
    owner.evict();
    owner.changes = ++this.changes;
    this.evicting.add(owner);
    this.update(owner);
  }

  /** Some parts of keys that were evicted which still have their values, as the stubs to be put in their place; none: that was all. */
  nextEvicted(): Entry[] {
    for (const owner of this.evicting) {
      for (const list of owner.evicted) {
        while (list.pending !== null && list.pending.length > 0) {
          const hash = list.pending.last;
          const parts = this.source
            .partsWith(hash, list.prefix)
            .filter((part) => part.value !== null && list.holds(part));
          if (parts.length > 0) return parts.map(stubOf);
          list.pending.remove(hash);
        }
        list.pending = null;
      }
      this.evicting.delete(owner);
    }
    return [];
  }

  /**
   * A part of a plain key was written where it lies (see engines/embedded/slab), and is new, or has another score: its words begin at
   * `at` in `places`, and say what Written of the compiled path does. Of the others the mark tells: see PartSource.latestOf.
   */
  wrote({ bytes, places }: WrittenParts, at: number, hlc: Hlc, origin: Origin): void {
    const [start, end, valueStart] = [places[at + 1]!, places[at + 2]!, places[at + 3]!];
    const isNew = places[at + 5] === 1;
    const owner = this.writtenOf(places[at + 6]!, bytes, start, end, isNew);
    // What rests says nothing of scores.
    if (owner === undefined) return;
    const list = owner.list(places[at + 7] as PartKind);
    if (isNew) list.hashes.insert(places[at]!);
    list.noteVersion(hlc, origin);
    if (list.scores === null) return;
    const name = bytes.toString('latin1', nameStart(bytes, start, end), end);
    const score = bytes.readDoubleBE(valueStart);
    if (isNew) list.scores.insert(score, name);
    else list.scores.move(bytes.readDoubleBE(valueStart + 8), score, name);
  }

  /** A part is not in the store any more. */
  dropped(former: Entry, hash: number): void {
    const owner = this.ofPart(former.key);
    if (owner === undefined) return;
    const kind = partKindOf(former.key);
    if (kind === PART.expiry) owner.noteExpiry(null);
    else if (this.takeEvicted(owner, kind, hash, former)) {
      // It was in no other list.
    } else if (former.value !== null && !this.hasEnded(owner, former)) owner.listOf(kind, former).take(hash, former);
    owner.changes = ++this.changes;
    this.update(owner);
  }

  /** The whole of a key with parts is another one now; undefined: it has none. */
  wholeChanged(key: Bytes, whole: Entry | undefined): void {
    const owner = this.get(key);
    if (owner === undefined) return;
    owner.changes = ++this.changes;
    owner.noteWhole(whole);
    owner.markedAs = 0;
    owner.writes = 0;
    if (whole !== undefined) this.end(owner, whole);
    else this.overdue.push(owner);
    this.update(owner, true);
  }

  /** Looks at what of it has expired by now. */
  settle(owner: Owner, nowMs: number): void {
    const deadBelow = owner.deadBelow(nowMs);
    if (deadBelow === owner.settledAt) return;
    const lists = owner.takeLists();
    owner.settledAt = deadBelow;
    for (const list of lists) {
      const { newest, oldest } = list;
      if (newest!.hlc < deadBelow && owner.hidden[list.kind] === undefined) owner.hide(list);
      else if (oldest >= deadBelow && owner.lists[list.kind] === undefined) owner.lists[list.kind] = list;
      else for (const part of this.partsOf(list)) owner.listOf(list.kind, part).add(part.hash, part);
    }
    owner.changes = ++this.changes;
    this.update(owner);
  }

  /** Forgets some parts that have ended. Returns whether there are more. */
  sweep(most: number): boolean {
    let left = most;
    for (const owner of this.sweeping) {
      left = this.sweepOwner(owner, left);
      if (left <= 0) break;
    }
    return this.sweeping.size > 0;
  }

  /** Whether a part that is in the store has ended, and waits to be forgotten. */
  isLeftover(part: Entry): boolean {
    const owner = this.sweeping.size === 0 ? undefined : this.awakeOf(part.key);
    return owner !== undefined && this.hasEnded(owner, part);
  }

  /** All of one key, before its whole is forgotten: nothing would say any more that they have ended. */
  sweepAll(key: Bytes): void {
    const owner = this.get(key);
    if (owner !== undefined && owner.ended.length > 0) this.sweepOwner(owner, Number.POSITIVE_INFINITY);
  }

  // ---

  private hasEnded(owner: Owner, part: Entry): boolean {
    return owner.ended.length > 0 && isEnded(standsOn(part), owner.whole);
  }

  /** Whether a part that is in the store was evicted with its key. */
  isEvicted(owner: Owner, part: Entry): boolean {
    if (owner.evicted.every(({ pending }) => pending === null)) return part.evicted === true;
    return owner.evictedListOf(partKindOf(part.key), this.source.hashOf(part.key), part) !== undefined;
  }

  /** Takes a part out of those that were evicted. Returns whether it was there. */
  private takeEvicted(owner: Owner, kind: PartKind, hash: number, part: Entry): boolean {
    const list = owner.evicted.length === 0 ? undefined : owner.evictedListOf(kind, hash, part);
    if (list === undefined) return false;
    list.take(hash, part);
    if (list.size === 0) owner.evicted = owner.evicted.filter((one) => one !== list);
    return true;
  }

  private sweepOwner(owner: Owner, most: number): number {
    let left = most;
    const { whole } = owner;
    let prefix: Bytes | null = null;
    while (owner.ended.length > 0 && left > 0) {
      const list = owner.ended[0]!;
      prefix ??= list.prefix;
      const hash = list.hashes.pop();
      left--;
      this.source.forgetEnded(hash, prefix, whole);
      if (list.size > 0) continue;
      owner.ended = owner.ended.slice(1);
      prefix = null;
    }
    if (owner.ended.length === 0) {
      this.sweeping.delete(owner);
      this.overdue.push(owner);
      this.update(owner);
    }
    return left;
  }

  /** What the whole ends goes; of each list all, as a rule. */
  private end(owner: Owner, whole: Entry): void {
    if (owner.expiry !== null && isEnded(owner.expiry.base, whole)) {
      owner.noteExpiry(null);
      this.source.forgetPart(partPrefix(PART.expiry, owner.key));
    }
    for (const list of owner.takeLists()) {
      if (isEnded(list.newest!, whole)) owner.ended = [...owner.ended, list];
      else this.endSome(owner, list, whole);
    }
    for (const list of owner.evicted) {
      if (list.oldest > whole.hlc) continue;
      owner.evicted = owner.evicted.filter((one) => one !== list);
      if (isEnded(list.newest!, whole)) owner.ended = [...owner.ended, list];
      else this.endSome(owner, list, whole);
    }
    if (owner.ended.length > 0) this.sweeping.add(owner);
  }

  private endSome(owner: Owner, list: PartList, whole: Entry): void {
    const ended = new PartList(list.kind, owner.id, list.isEvicted);
    const rest = list.isEvicted ? new PartList(list.kind, owner.id, true) : null;
    for (const part of this.partsOf(list)) {
      const to = isEnded(standsOn(part), whole) ? ended : (rest ?? owner.listOf(list.kind, part));
      to.add(part.hash, part);
    }
    if (ended.size > 0) owner.ended = [...owner.ended, ended];
    if (rest !== null && rest.size > 0) owner.evicted = [...owner.evicted, rest];
  }

  /** The parts of a list, each with its hash. The store must not change meanwhile. */
  *partsOf(list: PartList): Generator<Entry & { readonly hash: number }> {
    let last = -1;
    const { prefix } = list;
    for (const hash of list.hashes) {
      if (hash === last) continue;
      last = hash;
      for (const part of this.source.partsWith(hash, prefix)) {
        if (!list.holds(part)) continue;
        const isListed = list.isEvicted
          ? part.value === null || list.pending?.includes(hash) === true
          : part.value !== null;
        if (isListed) yield { ...part, hash };
      }
    }
  }

  private find(hash: number, database: number, bytes: Bytes, start: number, end: number): Owner | undefined {
    let owner = this.byHash.get(hash | 0);
    while (owner !== undefined && !owner.hasKey(database, bytes, start, end)) owner = owner.next;
    if (owner === undefined) return undefined;
    this.recent = owner;
    return this.upToDate(owner);
  }

  /** With what was written of it where it lies. */
  private upToDate(owner: Owner): Owner {
    if (owner.marksWritten === this.marksWritten) return owner;
    owner.marksWritten = this.marksWritten;
    const latest = owner.markedAs === 0 ? undefined : this.source.latestOf(owner.key);
    if (latest === undefined || latest.writes === owner.writes) return owner;
    owner.writes = latest.writes;
    owner.changes = ++this.changes;
    const list = owner.list(owner.markedAs as PartKind);
    if (list.counts === null) list.noteVersion(latest.hlc, latest.origin);
    else list.countAnew(this.partsOf(list));
    return owner;
  }

  /** What is known of a key that rests, with what was written of it where it lies, `latest` at last: as `upToDate`, without an object. */
  restingWith(resting: Resting, latest: Stamp): Resting {
    const isNewest = resting.kind !== PART.count && isAfter(latest, resting.newest);
    return { ...resting, changes: ++this.changes, newest: isNewest ? latest : resting.newest };
  }

  private writtenOf(hash: number, bytes: Bytes, start: number, end: number, wakes: boolean): Owner | undefined {
    const { recent } = this;
    if (recent?.hash === hash && recent.next === undefined) return recent;
    const key = bytes.subarray(start, end);
    return wakes ? this.ofPart(key) : this.awakeOf(key);
  }

  private newOwner(partKey: Bytes): Owner {
    const key = wholeKeyOf(partKey);
    const hash = hashBytes(key) | 0;
    const owner = new Owner(bytesToId(key), hash);
    this.size++;
    owner.marksWritten = this.marksWritten;
    owner.noteWhole(this.source.get(key));
    this.source.mark(key, true);
    this.link(owner);
    return owner;
  }

  /** One that rests. */
  private wake(key: Bytes, hash: number): Owner | undefined {
    const resting = this.source.restingAt(key);
    if (resting === undefined) return undefined;
    const owner = Owner.from(bytesToId(key), hash | 0, resting);
    if (resting.expiryMs !== 0) owner.noteExpiry(this.source.get(partPrefix(PART.expiry, key))?.value ?? null);
    const counts = owner.lists[PART.count];
    counts?.countAnew(this.partsOf(counts));
    owner.marksWritten = -1;
    this.link(owner);
    return this.upToDate(owner);
  }

  private link(owner: Owner): void {
    const { hash } = owner;
    owner.next = this.byHash.get(hash);
    this.byHash.set(hash, owner);
    const bucket = hash & (BUCKETS - 1);
    const others = this.byBucket[bucket];
    if (others === undefined) this.byBucket[bucket] = [owner];
    else others.push(owner);
    this.recent = owner;
    const place = this.woken++ % this.awakeMax;
    const former = this.awake[place];
    this.awake[place] = owner;
    if (former !== undefined) this.overdue.push(former);
    if (!this.isStill) this.restOverdue();
  }

  /** Puts those away that were not asked for lately. To be called where nobody knows a place in the store. */
  restOverdue(): void {
    for (let owner = this.overdue.pop(); owner !== undefined; owner = this.overdue.pop()) {
      const resting = owner.isGone ? null : this.upToDate(owner).resting;
      if (resting === null || !this.source.rest(owner.key, resting)) continue;
      this.unlink(owner);
      if (resting.expiryMs !== 0) this.noteRestingUntil(owner.hash & (BUCKETS - 1), resting.expiryMs);
    }
  }

  /** As `ofPart`, where it does not rest. */
  private awakeOf(partKey: Bytes): Owner | undefined {
    const [database, start, end] = [partDatabase(partKey), lengthEnd(partKey), nameStart(partKey)];
    return this.find(hashPart(partKey, start, end, seedAfter(database)), database, partKey, start, end);
  }

  /** `isOther`: its whole may be another one. */
  private update(owner: Owner, isOther = false): void {
    const hasParts = owner.hasParts;
    const isEnding = owner.expiry !== null && owner.expiry.expiryMs !== 0 && owner.hasValues;
    if (isEnding !== owner.isEnding) this.ending += isEnding ? 1 : -1;
    owner.isEnding = isEnding;
    const isEvicted = owner.evicted.length > 0 && owner.whole?.isEvicted !== true;
    if (isEvicted !== owner.isEvicted) this.evictedCount += isEvicted ? 1 : -1;
    owner.isEvicted = isEvicted;
    if (hasParts !== owner.hadParts || isOther) {
      owner.hadParts = hasParts;
      const isCounted = hasParts && owner.whole?.hasValue !== true;
      if (isCounted !== owner.isCounted) this.counted[owner.id.charCodeAt(0)]! += isCounted ? 1 : -1;
      owner.isCounted = isCounted;
    }
    const countsAsEnding = isEnding && owner.isCounted;
    if (countsAsEnding !== owner.countsAsEnding) this.countedEnding[owner.id.charCodeAt(0)]! += countsAsEnding ? 1 : -1;
    owner.countsAsEnding = countsAsEnding;
    if (!hasParts && owner.isEmpty) this.forget(owner);
    else this.markPlain(owner);
  }

  private markPlain(owner: Owner): void {
    const { plain } = owner;
    if (plain === owner.markedAs) return;
    owner.markedAs = plain;
    this.source.markPlain(owner.key, plain);
  }

  private forget(owner: Owner): void {
    if (owner.isGone) return;
    this.unlink(owner);
    this.evicting.delete(owner);
    this.size--;
    this.source.mark(owner.key, false);
  }

  private unlink(owner: Owner): void {
    owner.isGone = true;
    this.recent = undefined;
    const first = this.byHash.get(owner.hash);
    if (first !== owner) {
      let before = first!;
      while (before.next !== owner) before = before.next!;
      before.next = owner.next;
    } else if (owner.next === undefined) this.byHash.delete(owner.hash);
    else this.byHash.set(owner.hash, owner.next);
    const bucket = owner.hash & (BUCKETS - 1);
    const others = this.byBucket[bucket]!;
    const last = others.pop()!;
    if (last !== owner) others[others.indexOf(owner)] = last;
    if (others.length === 0) this.byBucket[bucket] = undefined;
  }
}

/** So many keys with a few parts have objects at once. */
const AWAKE_MAX = 1024;
const NONE: readonly Owner[] = [];
