import type { Bytes } from '../../core/model/bytes.js';

/** The kinds of values that have parts, by the names that TYPE gives them. */
export type CollectionKind = 'hash' | 'set' | 'zset';

/** A field and its value; a member of a set, without one; a member of a sorted set with its score (see `scoreOf`). */
export interface Part {
  readonly name: Bytes;
  readonly value: Bytes;
}

/**
 * A hash, a set or a sorted set as it is now. It is good until something is written. Names and values never change afterwards, so replies
 * may refer to them. What looks at all of a large one does so in slices (see slices.ts), or runs alone.
 */
export interface Collection {
  readonly kind: CollectionKind;
  /** How many parts it has: at least one. */
  readonly size: number;
  get(name: Bytes): Bytes | undefined;
  /**
   * The part at a place, 0 <= place < size: in an order of its own, which says nothing, and which changes only where parts come and go.
   * For a pick by chance, and to go over all of them.
   */
  at(place: number): Part;
  /**
   * Parts in the order of the hashes of their names, from this cursor on (0: the first), at least `count` of them where there are so many.
   * `next`: the cursor to go on with; 0: that was all. A part that is there throughout is met, and once.
   */
  scan(cursor: number, count: number): { readonly parts: readonly Part[]; readonly next: number };
}

/** A sorted set: its members in the order of their scores, and of their bytes where scores are equal. */
export interface SortedCollection extends Collection {
  readonly kind: 'zset';
  /** How many members are before this one; undefined: it is no member. */
  rankOf(name: Bytes): number | undefined;
  /** The member with so many before it, 0 <= rank < size. */
  atRank(rank: number): ScoredMember;
  /** How many members have a lower score, or, where `orEqual`, no higher one. */
  countBelow(score: number, orEqual: boolean): number;
}

export interface ScoredMember {
  readonly name: Bytes;
  readonly score: number;
}

const scratch = new DataView(new ArrayBuffer(8));

/** A score as the value of a part: a double, the most significant byte first. */
export function scoreBytes(score: number): Bytes {
  scratch.setFloat64(0, score);
  return new Uint8Array(scratch.buffer.slice(0));
}

export function scoreOf(value: Bytes): number {
  for (let i = 0; i < 8; i++) scratch.setUint8(i, value[i] ?? 0);
  return scratch.getFloat64(0);
}
