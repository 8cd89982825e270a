import { type Bytes, bytesToId, idToBytes } from '../model/bytes.js';
import type { Entry } from '../model/entry.js';
import type { Hlc } from '../model/hlc.js';
import {
  type Count,
  countFrom,
  expiredBelow,
  expiryFrom,
  nameOf,
  PART,
  type PartKind,
  type PartsExpiry,
  partPrefix,
  scoreIn,
  standsOn,
} from '../model/parts.js';
import type { Origin, Stamp } from '../model/version.js';
import { HashList } from './hash-list.js';
import type { Resting } from './resting.js';
import { ScoreList } from './score-list.js';

/** Two lists of evicted parts become one if one of them is so short. */
const JOINED_MAX = 1024;
/** Most have none of what is rare, and need no array for it. */
const NONE: readonly never[] = [];

/** A replica's share of a number, and the write that made it. `name`: the replica's, or begins with it (see Collections.add). */
export interface Counted extends Count, Stamp {
  readonly name: string;
  readonly seq: number;
}

function countedFrom({ key, value, hlc, origin, seq }: Entry): Counted {
  const { sum, since } = countFrom(value!);
  return { sum, since, name: bytesToId(nameOf(key)), hlc, origin, seq };
}

/** Some parts of one kind of a key, all of them with a value, or all of them evicted. */
export class PartList {
  /** Of evicted parts: those that still have their values, for which a slice has to come. null: none. */
  pending: HashList | null = null;
  /** Of a sorted set's members; null: nobody has asked for their order since it rested (see Owners.scoresOf), or it is no such set. */
  scores: ScoreList | null;
  /** Of a number: what each replica has added. */
  readonly counts: Counted[] | null;
  /** No part of it stands on a later version, and none on an earlier time. */
  private newestHlc: Hlc = 0;
  private newestOrigin: Origin = '';
  oldest: Hlc = Number.POSITIVE_INFINITY;

  constructor(
    readonly kind: PartKind,
    private readonly ownerId: string,
    readonly isEvicted = false,
    readonly hashes = new HashList(),
  ) {
    this.scores = kind === PART.score && !isEvicted ? new ScoreList() : null;
    this.counts = kind === PART.count && !isEvicted ? [] : null;
  }

  /** What becomes of it, all at once, when its key is evicted. It is not to be used any more itself. */
  evicted(): PartList {
    const list = new PartList(this.kind, this.ownerId, true, this.hashes);
    list.pending = this.hashes.copy();
    list.noteVersion(this.newestHlc, this.newestOrigin);
    list.oldest = this.oldest;
    return list;
  }

  /** Takes all of another list of the same kind. */
  join(other: PartList): void {
    for (const hash of other.hashes) this.hashes.insert(hash);
    this.pending ??= new HashList();
    for (const hash of other.pending ?? []) this.pending.insert(hash);
    this.noteVersion(other.newestHlc, other.newestOrigin);
    this.oldest = Math.min(this.oldest, other.oldest);
  }

  /** What the keys of its parts begin with. */
  get prefix(): Bytes {
    return partPrefix(this.kind, idToBytes(this.ownerId));
  }

  get newest(): Stamp | null {
    return this.newestHlc === 0 ? null : { hlc: this.newestHlc, origin: this.newestOrigin };
  }

  get size(): number {
    return this.hashes.length;
  }

  add(hash: number, part: Entry): void {
    this.hashes.insert(hash);
    this.scores?.insert(scoreIn(part.value!), bytesToId(nameOf(part.key)));
    if (this.counts !== null) this.count(part);
    if (this.isEvicted && part.value !== null) {
      this.pending ??= new HashList();
      this.pending.insert(hash);
    }
    this.note(part);
  }

  take(hash: number, part: Entry): void {
    this.hashes.remove(hash);
    this.pending?.remove(hash);
    this.scores?.remove(scoreIn(part.value!), bytesToId(nameOf(part.key)));
    if (this.counts !== null) this.uncount(bytesToId(nameOf(part.key)));
  }

  /** Another value of a part that is in it; false: one of the two is not, since it is older than `settledAt`. */
  replace(part: Entry, former: Entry, settledAt: Hlc): boolean {
    if (settledAt !== 0 && (standsOn(part).hlc < settledAt || standsOn(former).hlc < settledAt)) return false;
    if (this.scores !== null) {
      const name = bytesToId(nameOf(part.key));
      const [score, was] = [scoreIn(part.value!), scoreIn(former.value!)];
      if (score !== was) this.scores.move(was, score, name);
    }
    if (this.counts !== null) this.count(part);
    this.note(part);
    return true;
  }

  private count(part: Entry): void {
    const counted = countedFrom(part);
    this.uncount(counted.name);
    this.counts!.push(counted);
  }

  /** All of them are these. */
  countAnew(parts: Iterable<Entry>): void {
    this.counts!.length = 0;
    for (const part of parts) this.counts!.push(countedFrom(part));
  }

  private uncount(name: string): void {
    const at = this.counts!.findIndex((one) => one.name === name);
    if (at !== -1) this.counts!.splice(at, 1);
  }

  /** Of two parts with the same hash only one may be in it: those of other lists are all older, or all later. */
  holds(part: Entry): boolean {
    const { hlc } = standsOn(part);
    return hlc >= this.oldest && hlc <= this.newestHlc;
  }

  private note(part: Entry): void {
    const { hlc, origin } = standsOn(part);
    this.noteVersion(hlc, origin);
  }

  noteVersion(hlc: Hlc, origin: Origin): void {
    if (hlc > this.newestHlc || (hlc === this.newestHlc && origin > this.newestOrigin)) {
      this.newestHlc = hlc;
      this.newestOrigin = origin;
    }
    if (hlc < this.oldest) this.oldest = hlc;
  }
}

/** What there is to know of the whole of a key with parts. */
export interface Whole extends Stamp {
  readonly hasValue: boolean;
  readonly isEvicted: boolean;
  readonly expiryMs: number;
}

/** The last of them is that of counts. */
const KINDS = PART.count + 1;
/** An account of more parts is not made anew for each that is asked for. */
const RESTING_MAX = 32;

/** A key that has parts, or had some that are not forgotten yet. */
export class Owner {
  /** By kind: those that live. */
  readonly lists: (PartList | undefined)[] = new Array(KINDS).fill(undefined);
  /** By kind: those that have expired. They wait until nobody can say otherwise any more. */
  hidden: readonly (PartList | undefined)[] = NONE;
  /** Those that the whole has ended. */
  ended: readonly PartList[] = NONE;
  /** Those whose values were evicted here, or are about to be: readers find them no more. */
  evicted: readonly PartList[] = NONE;
  expiry: PartsExpiry | null = null;
  /** What is older has expired, as the lists were made. */
  settledAt: Hlc = 0;
  /** The number of its last change among those of all keys, for who asks whether anything was written in between. */
  changes = 0;
  /** As the index counted it last. */
  hadParts = false;
  isCounted = false;
  isEnding = false;
  countsAsEnding = false;
  /** It is counted as one with parts that were evicted. */
  isEvicted = false;
  /** The kind that its mark in the store says. */
  markedAs: PartKind | 0 = 0;
  /** How many writes of parts where they lie its mark had told of, and those of all keys, when it was looked at last. */
  writes = 0;
  marksWritten = 0;

  /** undefined: there is none. */
  whole: Whole | undefined;
  /** It is not the one that is asked for by its key: that rests, or is none. */
  isGone = false;
  /** Another one with the same hash. */
  next: Owner | undefined;

  constructor(
    /** The full key of the whole, as an id. */
    readonly id: string,
    /** Of that key. */
    readonly hash: number,
  ) {}

  /** The full key of the whole. */
  get key(): Bytes {
    return idToBytes(this.id);
  }

  /** Whether it is this key that lies in some bytes, behind the one that says the database. */
  hasKey(database: number, bytes: Bytes, start: number, end: number): boolean {
    const { id } = this;
    if (id.length !== 1 + end - start || id.charCodeAt(0) !== database) return false;
    for (let i = start; i < end; i++) if (bytes[i] !== id.charCodeAt(1 + i - start)) return false;
    return true;
  }

  noteWhole(entry: Entry | undefined): void {
    if (entry === undefined) {
      this.whole = undefined;
      return;
    }
    const { hlc, origin, value, expiryMs, evicted } = entry;
    this.whole = { hlc, origin, hasValue: value !== null, isEvicted: evicted === true, expiryMs };
  }

  /** Whether the key has a value of its own for a reader at `nowMs`. */
  hasValue(nowMs: number): boolean {
    const { whole } = this;
    return whole?.hasValue === true && (whole.expiryMs === 0 || whole.expiryMs > nowMs);
  }

  list(kind: PartKind): PartList {
    let list = this.lists[kind];
    if (list === undefined) {
      list = new PartList(kind, this.id);
      this.lists[kind] = list;
    }
    return list;
  }

  /** The list that a part is in, or should be. */
  listOf(kind: PartKind, part: Entry): PartList {
    if (this.settledAt === 0 || standsOn(part).hlc >= this.settledAt) return this.list(kind);
    let list = this.hidden[kind];
    if (list === undefined) {
      list = new PartList(kind, this.id);
      this.hide(list);
    }
    return list;
  }

  hide(list: PartList): void {
    const hidden = [...this.hidden];
    hidden[list.kind] = list;
    this.hidden = hidden;
  }

  /** All lists that have anything in them, which are its no more. */
  takeLists(): PartList[] {
    const all = [...this.lists, ...this.hidden].filter((list) => list !== undefined && list.size > 0);
    this.lists.fill(undefined);
    this.hidden = NONE;
    return all as PartList[];
  }

  /** All that have a value are evicted. */
  evict(): void {
    for (const list of this.takeLists()) {
      const evicted = list.evicted();
      const other = this.evicted.find(
        ({ kind, size }) => kind === list.kind && Math.min(size, list.size) <= JOINED_MAX,
      );
      if (other === undefined) this.evicted = [...this.evicted, evicted];
      else if (other.size >= evicted.size) other.join(evicted);
      else {
        evicted.join(other);
        this.evicted = this.evicted.map((one) => (one === other ? evicted : one));
      }
    }
  }

  /** The list of an evicted part, which may still have its value; undefined: it was not evicted. */
  evictedListOf(kind: PartKind, hash: number, part: Entry): PartList | undefined {
    return this.evicted.find(
      (list) =>
        list.kind === kind &&
        (part.value === null ? list.hashes : list.pending)?.includes(hash) === true &&
        (part.value === null || list.holds(part)),
    );
  }

  /** For a part that came as a stub. */
  evictedList(kind: PartKind): PartList {
    const known = this.evicted.find((list) => list.kind === kind);
    if (known !== undefined) return known;
    const list = new PartList(kind, this.id, true);
    this.evicted = [...this.evicted, list];
    return list;
  }

  sizeOf(kind: PartKind): number {
    return this.lists[kind]?.size ?? 0;
  }

  get hasParts(): boolean {
    for (const list of this.lists) if (list !== undefined && list.size > 0) return true;
    return false;
  }

  /** The one list that has anything in it; undefined: there are several, or none. */
  get only(): PartList | undefined {
    let only: PartList | undefined;
    for (const list of this.lists) {
      if (list === undefined || list.size === 0) continue;
      if (only !== undefined) return undefined;
      only = list;
    }
    return only;
  }

  /**
   * The kind of all parts that the store has of it, if all of them live, and for good, and nothing else is to be known; of counts there is
   * one. 0: it is not as simple as that.
   */
  get plain(): PartKind | 0 {
    const { whole, expiry, only } = this;
    if (only === undefined || this.hasDead || this.hidden !== NONE) return 0;
    if (whole !== undefined && (whole.hasValue || whole.expiryMs !== 0)) return 0;
    if (expiry !== null && (expiry.expiryMs !== 0 || expiry.floor !== 0)) return 0;
    return only.counts !== null && only.size > 1 ? 0 : only.kind;
  }

  /** As it may be put away until somebody asks for it; null: it is not simple enough, or too large. */
  get resting(): Resting | null {
    const { only, whole, expiry, changes } = this;
    if (only === undefined || whole !== undefined || only.size > RESTING_MAX) return null;
    if (this.hasDead || this.hidden !== NONE) return null;
    if (expiry !== null && (expiry.expiryMs === 0 || expiry.floor !== 0)) return null;
    const { kind, oldest } = only;
    const [newest, hashes, expiryMs] = [only.newest!, [...only.hashes], expiry?.expiryMs ?? 0];
    return { kind, isPlain: this.plain !== 0, newest, oldest, changes, expiryMs, hashes };
  }

  /** What it was before it was put away, but for what the parts say: its expiry, and what each replica has added to a number. */
  static from(id: string, hash: number, { kind, isPlain, newest, oldest, changes, expiryMs, hashes }: Resting): Owner {
    const owner = new Owner(id, hash);
    const list = owner.list(kind);
    for (const each of hashes) list.hashes.insert(each);
    list.noteVersion(newest.hlc, newest.origin);
    list.oldest = oldest;
    list.scores = null;
    owner.changes = changes;
    owner.hadParts = true;
    owner.isCounted = true;
    owner.isEnding = expiryMs !== 0;
    owner.countsAsEnding = expiryMs !== 0;
    owner.markedAs = isPlain ? kind : 0;
    return owner;
  }

  /** Whether parts that have a value are here, whether readers find them or not: something to be evicted. */
  get hasValues(): boolean {
    return this.hasParts || this.hidden.some((list) => list !== undefined && list.size > 0);
  }

  /** Whether parts would be found here, had they not been evicted. */
  get hasEvicted(): boolean {
    return this.evicted.some(({ newest }) => newest !== null && newest.hlc >= this.settledAt);
  }

  /** Whether there are parts in the store that do not live. */
  get hasDead(): boolean {
    return this.ended.length > 0 || this.settledAt !== 0 || this.evicted.length > 0;
  }

  /** Whether nothing of it is left. */
  get isEmpty(): boolean {
    return this.expiry === null && this.ended.length === 0 && this.evicted.length === 0 && !this.hasValues;
  }

  noteExpiry(value: Bytes | null): void {
    this.expiry = value === null ? null : expiryFrom(value);
  }

  /** What is older than this has expired at `nowMs`. */
  deadBelow(nowMs: number): Hlc {
    return this.expiry === null ? 0 : expiredBelow(this.expiry, nowMs);
  }
}
