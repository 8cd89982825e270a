import type { Bytes } from '../../core/bytes.js';
import { bytesToId, idToBytes } from '../../core/bytes.js';
import type { Storage } from '../../core/store.js';
import { hasElementsOf, isSame, type ReadValue, type State } from './state.js';
import { WaitingKeys } from './waiting-keys.js';

/** How Redis differs from what the node has under a key. */
export interface Difference {
  /**
   * What Redis may hold by what the node knows and did: what it was last known to hold first, and then what the node may have
   * written to it without having heard how that ended. Any of them, found there, is no write of the application.
   */
  readonly bases: readonly State[];
  /** Whether Redis is to get what the node has; false: it evicted the key, and need not have it back. */
  readonly wanted: boolean;
  /** The key was not compared since the node was attached: Redis may also hold nothing. */
  readonly isUnsure?: boolean;
  /** It is missing in Redis, and may as well have been deleted as evicted. */
  readonly isDoubtful?: boolean;
}

/**
 * The keys under which Redis is not known to hold what the node has, and what it may hold instead. Kept with the node's data,
 * in the same journal frame as the entry that made the difference: after a crash in between, an old value in Redis must
 * not be taken for a new write of the application. The entry itself is one of the values that Redis may hold.
 */
export class Ledger {
  /** Called when something is to be written to Redis. */
  onWanted: () => void = () => {};
  private readonly differences = new Map<string, Difference>();
  /** Keys whose entry is to be written to Redis. */
  readonly waiting: WaitingKeys;
  /** Keys that are missing in Redis and may have been deleted there. */
  private readonly doubtful_ = new Set<string>();
  /**
   * Keys whose entry, as it is, Redis may have got already, and whether it may have so by an attempt before this one, whose end
   * nobody heard of. Of those that were wanted before a start it may.
   */
  private readonly sent = new Map<string, boolean>();
  /** Bases that Redis holds only if the attempt that is under way has written them: its entry was replaced since. */
  private readonly underWay = new Map<string, State>();
  /**
   * While the node is being attached, keys that were the same once since: one of them that is missing later was deleted. Beyond
   * so many they are not told from keys that Redis never had.
   */
  private settled: Set<string> | null = new Set();

  constructor(
    private readonly storage: Storage,
    monoMs: () => number,
  ) {
    this.waiting = new WaitingKeys(monoMs);
    for (const name of storage.metaNames(PREFIX)) {
      const difference = decode(storage.getMeta(name) as Kept);
      const id = name.slice(PREFIX.length);
      this.differences.set(id, difference);
      if (difference.isDoubtful === true) this.doubtful_.add(id);
      if (!difference.wanted) continue;
      this.waiting.add(id);
      this.sent.set(id, true);
    }
  }

  get(id: string): Difference | undefined {
    return this.differences.get(id);
  }

  set(id: string, difference: Difference): void {
    if (difference.wanted) this.waiting.add(id);
    else this.withdraw(id);
    if (difference.isDoubtful === true) this.doubtful_.add(id);
    else this.doubtful_.delete(id);
    this.differences.set(id, difference);
    this.storage.setMeta(PREFIX + id, encode(difference));
    if (difference.wanted) this.onWanted();
  }

  /** Redis holds what the node has. */
  settle(id: string): void {
    if (this.settled !== null && this.settled.size < SETTLED_MAX) this.settled.add(id);
    if (!this.differences.delete(id)) return;
    this.withdraw(id);
    this.doubtful_.delete(id);
    this.storage.setMeta(PREFIX + id, undefined);
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
    this.waiting.delete(id);
    this.underWay.delete(id);
    this.set(id, { bases: [base], wanted: true });
  }

  private withdraw(id: string): void {
    this.waiting.delete(id);
    this.sent.delete(id);
    this.underWay.delete(id);
  }

  // ---- what is under way

  /** The entry of the key, as it is now, is about to be written to Redis. */
  sending(id: string): void {
    this.sent.set(id, this.sent.has(id));
    this.underWay.delete(id);
  }

  /** This attempt has certainly not written it: who finds the same in Redis has found what the application wrote. */
  wasNotSent(id: string): void {
    if (this.sent.get(id) === false) this.sent.delete(id);
    const difference = this.differences.get(id);
    const base = this.underWay.get(id);
    if (difference === undefined || !this.underWay.delete(id)) return;
    this.set(id, { ...difference, bases: difference.bases.filter((one) => one !== base) });
  }

  /** The entry of a key is about to be replaced; `state` is what Redis holds if it got the old one, as it may have. */
  noteSent(id: string, state: () => State, nowMs: number): void {
    const difference = this.differences.get(id);
    const wasBefore = this.sent.get(id);
    if (difference === undefined || !this.sent.delete(id)) return;
    const sent = state();
    if (difference.bases.some((base) => isEqual(base, sent, nowMs))) return;
    if (wasBefore === false) this.underWay.set(id, sent);
    this.set(id, { ...difference, bases: [...difference.bases, sent] });
  }

  // ---- what was found in Redis

  /** Whether Redis holds one of the bases, by a look at it. If so, that one is the first from then on. */
  isBase(id: string, found: State, nowMs: number): boolean {
    const difference = this.differences.get(id);
    if (difference === undefined) return false;
    const base = difference.bases.find((base) => isSame(base, found, nowMs));
    if (base !== undefined && base !== difference.bases[0])
      this.set(id, { ...difference, bases: [base, ...difference.bases.filter((other) => other !== base)] });
    return base !== undefined || (found === null && difference.isUnsure === true);
  }

  /** The same of what was read, whose elements may be in another order than before. `state`: how Redis has them now. */
  isBaseInOrder(id: string, read: ReadValue, state: State, nowMs: number): boolean {
    const difference = this.differences.get(id);
    const base = difference?.bases.find((base) => hasElementsOf(base, read, nowMs));
    if (difference === undefined || base == null) return false;
    const rest = difference.bases.filter((other) => other !== base);
    this.set(id, { ...difference, bases: [{ ...state!, elements: base.elements! }, ...rest] });
    return true;
  }

  /** Keys whose entry is to be written to Redis. */
  get wanted(): number {
    return this.waiting.size;
  }

  /** Keys that Redis evicted and the node still has. */
  get evicted(): number {
    return this.differences.size - this.waiting.size;
  }

  /** Keys that are missing in Redis and may have been deleted there. */
  get doubtful(): ReadonlySet<string> {
    return this.doubtful_;
  }

  /** Up to `limit` full keys to write, the one that waits longest first. */
  wantedKeys(limit: number, isSkipped: (id: string) => boolean): Bytes[] {
    const keys: Bytes[] = [];
    for (const id of this.waiting) {
      if (keys.length === limit) break;
      if (!isSkipped(id)) keys.push(idToBytes(id));
    }
    return keys;
  }

  /** The ids of all keys in it, also while it changes; of those that come meanwhile, too. */
  ids(): Iterator<string> {
    return this.differences.keys();
  }
}

export const idOf = bytesToId;
export const idToKey = idToBytes;

// ---------------------------------------------------------------------------------------------------------------------

const PREFIX = 'redis/key/';
const SETTLED_MAX = 100_000;

type KeptState = [] | [digest: string, expiryMs: number, elements?: string];

/**
 * As it is kept, and short, since each write of a peer makes one. Flags: 1 wanted, 2 unsure, 4 doubtful; then the base where there is one,
 * or the bases where there are many.
 */
type Kept = number | [flags: number, ...base: KeptState] | [flags: number, bases: KeptState[]];

function encode({ bases, wanted, isUnsure = false, isDoubtful = false }: Difference): Kept {
  const flags = (wanted ? 1 : 0) | (isUnsure ? 2 : 0) | (isDoubtful ? 4 : 0);
  const kept = bases.map(keptOf);
  if (kept.length > 1) return [flags, kept];
  return kept[0]!.length === 0 ? flags : [flags, ...kept[0]!];
}

function decode(kept: Kept): Difference {
  const [flags, ...base] = typeof kept === 'number' ? [kept] : kept;
  const bases = Array.isArray(base[0]) ? base[0].map(stateOfKept) : [stateOfKept(base as KeptState)];
  return { bases, wanted: (flags & 1) !== 0, isUnsure: (flags & 2) !== 0, isDoubtful: (flags & 4) !== 0 };
}

function keptOf(state: State): KeptState {
  if (state === null) return [];
  const { digest, expiryMs, elements } = state;
  return elements === undefined ? [digest, expiryMs] : [digest, expiryMs, elements];
}

function stateOfKept([digest, expiryMs, elements]: KeptState): State {
  if (digest === undefined || expiryMs === undefined) return null;
  return elements === undefined ? { digest, expiryMs } : { digest, expiryMs, elements };
}

function isEqual(a: State, b: State, nowMs: number): boolean {
  return isSame(a, b, nowMs) && isSame(b, a, nowMs);
}
