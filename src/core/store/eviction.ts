import type { Bytes } from '../model/bytes.js';
import { stubOf } from '../model/entry.js';
import type { Storage } from './store.js';

/** What a node does at its limit: refuse what grows, or make room by the entries that were not used for longest, or that end soonest. */
export type EvictionPolicy = 'noeviction' | 'allkeys-lru' | 'volatile-ttl';
export const EVICTION_POLICIES: readonly EvictionPolicy[] = ['noeviction', 'allkeys-lru', 'volatile-ttl'];
export type VictimPolicy = Exclude<EvictionPolicy, 'noeviction'>;

/** How much memory a node's entries may take. Of this node alone: its peers have limits of their own, or none. */
export interface MemoryLimit {
  /** Bytes; 0: no limit. */
  readonly bytesMax: number;
  readonly policy: EvictionPolicy;
}

export const NO_LIMIT: MemoryLimit = { bytesMax: 0, policy: 'noeviction' };

/** A client's write waits for no more values to go than these: a fraction of a millisecond. What is left is made up for later. */
const EVICTIONS_PER_WRITE = 128;
/** A step of the work beside that: a few milliseconds. */
const EVICTIONS_PER_STEP = 1024;

/**
 * Keeps the data group within a limit, as far as there is something to evict. An eviction is this replica's own business: the
 * value goes, and a stub with its version and expiry stays, which is no write and is sent to nobody by itself. Peers keep the
 * value. Writes of clients can be refused; what peers send never is, so that replicas converge whatever their limits.
 *
 * A key goes with all of its parts (R13): readers find none of them from one moment on, and their values go in slices.
 */
export class Eviction {
  /** Keys evicted since the start. */
  evictions = 0;
  /** Told of the key of each; null: nobody asks. */
  onEvicted: ((key: Bytes) => void) | null = null;
  private isExhausted = false;
  private current: MemoryLimit = NO_LIMIT;

  constructor(
    private readonly storage: Storage,
    private readonly random: () => number,
    limit: MemoryLimit,
  ) {
    this.limit = limit;
  }

  get limit(): MemoryLimit {
    return this.current;
  }

  set limit(limit: MemoryLimit) {
    this.current = limit;
    if (limit.bytesMax > 0 && limit.policy === 'allkeys-lru') this.storage.store('data').noteUses();
  }

  /** Whether entries go once the limit is met. */
  get evicts(): boolean {
    return this.current.bytesMax > 0 && this.current.policy !== 'noeviction';
  }

  get usedBytes(): number {
    return this.storage.store('data').memoryBytes;
  }

  get isOver(): boolean {
    const { bytesMax } = this.current;
    return bytesMax > 0 && this.usedBytes > bytesMax;
  }

  /** Over the limit, with nothing to evict as it seems: what comes in from peers is taken all the same. */
  get isFull(): boolean {
    return this.isOver && (this.current.policy === 'noeviction' || this.isExhausted);
  }

  /** To be called before a write of a client that may take memory. False: it must be refused, since nothing can make room. */
  makeRoom(): boolean {
    return !this.isOver || this.evict(EVICTIONS_PER_WRITE);
  }

  /** To be called after others' changes came in, and regularly. Returns whether there is more to do at once. */
  step(): boolean {
    return this.isDue && this.evict(EVICTIONS_PER_STEP) && this.isDue;
  }

  /** False: over the limit, and there is nothing to evict. */
  private evict(most: number): boolean {
    const { policy } = this.current;
    if (policy === 'noeviction') return false;
    const store = this.storage.store('data');
    for (let left = most; left > 0 && this.isDue; left--) {
      const stubs = store.owners.nextEvicted();
      if (stubs.length === 0) {
        if (!this.isOver) break;
        const key = store.victim(policy, this.random);
        this.isExhausted = key === undefined;
        if (key === undefined) return false;
        const entry = store.get(key);
        if (entry !== undefined && entry.value !== null) stubs.push(stubOf(entry));
        store.owners.evict(key);
        this.evictions++;
        this.onEvicted?.(key);
      }
      for (const stub of stubs) store.put(stub);
    }
    return true;
  }

  /** A key whose eviction has begun goes whole. */
  private get isDue(): boolean {
    return this.isOver || (this.current.bytesMax > 0 && this.storage.store('data').owners.isEvicting);
  }
}
