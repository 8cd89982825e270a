import { type Bytes, bytesToId, idToBytes } from '../../core/model/bytes.js';
import type { Storage } from '../../core/store/store.js';
import { BaseContents, type OwnOf } from './base-contents.js';
import { LedgerPages } from './ledger-pages.js';
import { type Difference, Row } from './ledger-row.js';
import { SentKeys } from './sent-keys.js';
import { hasElementsOf, isSame, type ReadValue, type State } from './state.js';
import { WaitingRows } from './waiting-rows.js';

/**
 * The keys under which Redis is not known to hold what the node has, and what it may hold instead. Kept with the node's data,
 * in the same journal frame as the entry that made the difference: after a crash in between, an old value in Redis must
 * not be taken for a new write of the application. The entry itself is one of the values that Redis may hold.
 */
export class Ledger {
  /** Called when something is to be written to Redis. */
  onWanted: () => void = () => {};
  private readonly rows = new Map<string, Row>();
  private readonly pages: LedgerPages;
  private readonly contents: BaseContents;
  private readonly sent: SentKeys;
  /** Keys whose entry is to be written to Redis. */
  readonly waiting: WaitingRows;
  /** Keys that are missing in Redis and may have been deleted there. */
  private readonly doubtful_ = new Set<string>();
  /**
   * While the node is being attached, keys that were the same once since: one of them that is missing later was deleted. Beyond
   * so many they are not told from keys that Redis never had.
   */
  private settled: Set<string> | null = new Set();

  private depth = 0;

  /** @param isInParts whether the node has a collection under a key, element by element */
  constructor(
    storage: Storage,
    monoMs: () => number,
    ownOf: OwnOf = () => undefined,
    private readonly isInParts: (id: string) => boolean = () => false,
  ) {
    this.waiting = new WaitingRows(monoMs);
    this.pages = new LedgerPages(storage);
    this.contents = new BaseContents(storage, ownOf);
    this.sent = new SentKeys(storage);
    for (const row of this.pages.load()) {
      const bases = this.contents.restored(row.id, row.difference.bases);
      if (bases !== row.difference.bases) row.difference = { ...row.difference, bases };
      this.rows.set(row.id, row);
      if (row.difference.isDoubtful === true) this.doubtful_.add(row.id);
      if (!row.difference.wanted) continue;
      this.waiting.add(row);
      row.sent = this.mayBeSent(row.id) ? true : null;
    }
  }

  /** What changes in `work`, which ends in this turn, is recorded together: to be used wherever many rows change. */
  together<T>(work: () => T): T {
    this.depth++;
    try {
      return this.pages.together(work);
    } finally {
      if (--this.depth === 0) this.record();
    }
  }

  /** What the node has of a key is about to be changed by others. `part`: the one that is; null: all of them. */
  changing(id: string, part: Bytes | null): void {
    this.contents.changing(id, part);
    if (this.depth === 0) this.record();
  }

  get(id: string): Difference | undefined {
    return this.rows.get(id)?.difference;
  }

  set(id: string, difference: Difference): void {
    const row = this.rows.get(id) ?? new Row(id, difference);
    if (row.page === null) this.rows.set(id, row);
    row.difference = difference;
    if (difference.wanted) this.waiting.add(row);
    else this.withdraw(row);
    if (difference.isDoubtful === true) this.doubtful_.add(id);
    else if (this.doubtful_.size > 0) this.doubtful_.delete(id);
    this.contents.keep(id, difference.bases);
    this.pages.put(row);
    this.noteSentOf(row);
    if (difference.wanted) this.onWanted();
  }

  /** Redis holds what the node has. */
  settle(id: string): void {
    if (this.settled !== null && this.settled.size < SETTLED_MAX) this.settled.add(id);
    const row = this.rows.get(id);
    if (row === undefined) return;
    this.rows.delete(id);
    this.contents.forget(id);
    this.withdraw(row);
    if (this.doubtful_.size > 0) this.doubtful_.delete(id);
    this.pages.remove(row);
    this.noteSentOf(row);
  }

  wasSettled(id: string): boolean {
    return this.settled === null || this.settled.has(id);
  }

  /** All keys were the same once since the node was attached. */
  allSettled(): void {
    this.settled = null;
  }

  /** Redis got an entry, and is to get the one that has come since: it waits from now on. */
  advance(id: string, base: State): void {
    const row = this.rows.get(id);
    if (row !== undefined) this.waiting.delete(row);
    if (row !== undefined) row.underWay = undefined;
    this.set(id, { bases: [base], wanted: true });
  }

  private withdraw(row: Row): void {
    this.waiting.delete(row);
    this.withoutSent(row);
  }

  private withoutSent(row: Row): void {
    row.sent = null;
    row.underWay = undefined;
  }

  /** A row that was wanted before a start. */
  private mayBeSent(id: string): boolean {
    return !this.sent.wasKept || this.sent.has(id) || !this.isInParts(id);
  }

  /** To be called whenever it may have changed. */
  private noteSentOf({ id, sent }: Row): void {
    this.sent.note(id, sent !== null && this.isInParts(id));
    if (this.depth === 0) this.sent.record();
  }

  private record(): void {
    this.contents.record();
    this.sent.record();
  }

  // ---- what is under way

  /** The entry of the key, as it is now, is about to be written to Redis. */
  sending(id: string): void {
    const row = this.rows.get(id);
    if (row === undefined) return;
    row.sent = row.sent !== null;
    row.underWay = undefined;
    this.noteSentOf(row);
  }

  /** See {@link BaseContents.differing}. */
  differing(id: string): Iterable<string> | undefined {
    return this.contents.differing(id);
  }

  /** Some of its elements are about to be written to Redis, which may hold `state` from here on. */
  sendingSome(id: string, state: State): void {
    const row = this.rows.get(id);
    if (row === undefined) return;
    row.underWay = state;
    const { difference } = row;
    this.set(id, { ...difference, bases: [...difference.bases, state] });
  }

  /** Redis has got them, and is to get the others. */
  gotSome(id: string, state: State): void {
    const row = this.rows.get(id);
    if (row !== undefined) this.withoutSent(row);
    if (row !== undefined) this.advance(id, state);
  }

  /** This attempt has certainly not written it: who finds the same in Redis has found what the application wrote. */
  wasNotSent(id: string): void {
    const row = this.rows.get(id);
    if (row === undefined) return;
    if (row.sent === false) row.sent = null;
    this.noteSentOf(row);
    const { difference, underWay } = row;
    if (underWay === undefined) return;
    row.underWay = undefined;
    this.set(id, { ...difference, bases: difference.bases.filter((base) => base !== underWay) });
  }

  /** Whether the entry of the key is still the one that was sent. */
  isAsSent(id: string): boolean {
    return (this.rows.get(id)?.sent ?? null) !== null;
  }

  /** The entry of a key is about to be replaced; `state` is what Redis holds if it got the old one, as it may have. */
  noteSent(id: string, state: () => State, nowMs: number): void {
    const row = this.rows.get(id);
    if (row === undefined || row.sent === null) return;
    const { difference, sent: wasBefore } = row;
    row.sent = null;
    this.noteSentOf(row);
    const sent = state();
    if (difference.bases.some((base) => isEqual(base, sent, nowMs))) return;
    if (wasBefore === false) row.underWay = sent;
    this.set(id, { ...difference, bases: [...difference.bases, sent] });
  }

  // ---- what was found in Redis

  /** Whether Redis holds one of the bases, by a look at it. If so, that one is the first from then on. */
  isBase(id: string, found: State, nowMs: number): boolean {
    const difference = this.get(id);
    if (difference === undefined) return false;
    const base = difference.bases.find((base) => isSame(base, found, nowMs));
    if (base !== undefined && difference.bases.length > 1) this.isFirst(id, base, found, nowMs);
    return base !== undefined || (found === null && difference.isUnsure === true);
  }

  /**
   * Redis holds this one of the bases. Another that has expired is not kept beside it: what is missing next would pass for that one,
   * and is what the application has deleted.
   */
  private isFirst(id: string, base: State, found: State, nowMs: number): void {
    const { bases, ...rest } = this.get(id)!;
    const hasExpired = (other: State): boolean => found !== null && isSame(other, null, nowMs) && other !== null;
    const others = bases.filter((other) => other !== base && !hasExpired(other));
    if (base !== bases[0] || others.length + 1 < bases.length) this.set(id, { ...rest, bases: [base, ...others] });
  }

  /** It was read, so whatever was sent before has arrived or never will, and it is to get what the node has beyond it. */
  wasRead(id: string, base: State): void {
    const row = this.rows.get(id);
    if (row !== undefined) this.withoutSent(row);
    this.set(id, { bases: [base], wanted: true });
  }

  /** What Redis may have held is gone, as it has expired there. Elements of a collection that come from then on are written anew. */
  noteGone(id: string): void {
    const difference = this.get(id);
    if (difference?.wanted !== true || !difference.bases.some((base) => base?.content !== undefined)) return;
    this.set(id, { ...difference, bases: [null] });
  }

  /** The same of what was read, whose elements may be in another order than before. `state`: how Redis has them now. */
  isBaseInOrder(id: string, read: ReadValue, state: State, nowMs: number): boolean {
    const difference = this.get(id);
    const base = difference?.bases.find((base) => hasElementsOf(base, read, nowMs));
    if (difference === undefined || base == null) return false;
    const rest = difference.bases.filter((other) => other !== base);
    this.set(id, { ...difference, bases: [{ ...base, ...state! }, ...rest] });
    return true;
  }

  /** Keys whose entry is to be written to Redis. */
  get wanted(): number {
    return this.waiting.size;
  }

  /** Keys that Redis evicted and the node still has. */
  get evicted(): number {
    return this.rows.size - this.waiting.size;
  }

  /** Keys that are missing in Redis and may have been deleted there. */
  get doubtful(): ReadonlySet<string> {
    return this.doubtful_;
  }

  /** The ids of all keys in it, also while it changes; of those that come meanwhile, too. */
  ids(): Iterator<string> {
    return this.rows.keys();
  }
}

export const idOf = bytesToId;
export const idToKey = idToBytes;

// ---------------------------------------------------------------------------------------------------------------------

const SETTLED_MAX = 100_000;

function isEqual(a: State, b: State, nowMs: number): boolean {
  return isSame(a, b, nowMs) && isSame(b, a, nowMs);
}
