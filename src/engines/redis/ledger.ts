import type { Bytes } from '../../core/bytes.js';
import { bytesToId, idToBytes } from '../../core/bytes.js';
import type { Storage } from '../../core/store.js';
import type { State } from './state.js';

/** How Redis differs from what the node has under a key. */
export interface Difference {
  /** What Redis was last known to hold: what an apply compares with. */
  readonly base: State;
  /** Whether Redis is to get what the node has; false: it evicted the key, and need not have it back. */
  readonly wanted: boolean;
  /** The key was not compared since the node was attached: Redis may also hold nothing. */
  readonly isUnsure?: boolean;
}

/**
 * The keys under which Redis is not known to hold what the node has, and what it holds instead. Kept with the node's data,
 * in the same journal frame as the entry that made the difference: after a crash in between, an old value in Redis must
 * not be taken for a new write of the application.
 */
export class Ledger {
  /** Called when something is to be written to Redis. */
  onWanted: () => void = () => {};
  private readonly differences = new Map<string, Difference>();
  private wantedCount = 0;

  constructor(private readonly storage: Storage) {
    for (const name of storage.metaNames(PREFIX)) {
      const difference = decode(storage.getMeta(name) as Kept);
      this.differences.set(name.slice(PREFIX.length), difference);
      if (difference.wanted) this.wantedCount++;
    }
  }

  get(id: string): Difference | undefined {
    return this.differences.get(id);
  }

  set(id: string, difference: Difference): void {
    if (this.differences.get(id)?.wanted === true) this.wantedCount--;
    if (difference.wanted) this.wantedCount++;
    this.differences.set(id, difference);
    this.storage.setMeta(PREFIX + id, encode(difference));
    if (difference.wanted) this.onWanted();
  }

  /** Redis holds what the node has. */
  settle(id: string): void {
    const difference = this.differences.get(id);
    if (difference === undefined) return;
    if (difference.wanted) this.wantedCount--;
    this.differences.delete(id);
    this.storage.setMeta(PREFIX + id, undefined);
  }

  /** Keys whose entry is to be written to Redis. */
  get wanted(): number {
    return this.wantedCount;
  }

  /** Keys that Redis evicted and the node still has. */
  get evicted(): number {
    return this.differences.size - this.wantedCount;
  }

  /** Up to `limit` full keys to write, the oldest difference first. */
  wantedKeys(limit: number, isSkipped: (id: string) => boolean): Bytes[] {
    const keys: Bytes[] = [];
    for (const [id, { wanted }] of this.differences) {
      if (keys.length === limit) break;
      if (wanted && !isSkipped(id)) keys.push(idToBytes(id));
    }
    return keys;
  }
}

export const idOf = bytesToId;
export const idToKey = idToBytes;

// ---------------------------------------------------------------------------------------------------------------------

const PREFIX = 'redis/key/';

/** As it is kept, and short, since each write of a peer makes one. Flags: 1 wanted, 2 unsure; then the base where there is one. */
type Kept = number | [flags: number, digest: string, expiryMs: number];

function encode({ base, wanted, isUnsure = false }: Difference): Kept {
  const flags = (wanted ? 1 : 0) | (isUnsure ? 2 : 0);
  return base === null ? flags : [flags, base.digest, base.expiryMs];
}

function decode(kept: Kept): Difference {
  const [flags, digest, expiryMs] = typeof kept === 'number' ? [kept] : kept;
  const base = digest === undefined || expiryMs === undefined ? null : { digest, expiryMs };
  return { base, wanted: (flags & 1) !== 0, isUnsure: (flags & 2) !== 0 };
}
