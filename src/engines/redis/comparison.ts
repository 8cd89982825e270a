import type { Bytes } from '../../core/model/bytes.js';
import type { Entry } from '../../core/model/entry.js';
import type { Storage } from '../../core/store/store.js';
import type { Ledger } from './ledger.js';
import { LocalDigests } from './local-digests.js';
import type { NodeCopy } from './node-copy.js';
import { asBaseOf, hasSameValue, isSame, type ReadValue, type State, stateOf, stateOfRead } from './state.js';

/**
 * What a value is that was found in Redis. entry: what the node has, so the two are the same. base: what Redis held before
 * something that it has yet to get. other: somebody else wrote it, or deleted it.
 */
export type Recognised = 'entry' | 'base' | 'other';

/** Compares what Redis holds with what the node has of it, and knows what it may hold instead. */
export class Comparison {
  private readonly local: LocalDigests;

  constructor(
    private readonly store: NodeCopy,
    private readonly ledger: Ledger,
    storage: Storage,
    private readonly nowMs: () => number,
  ) {
    this.local = new LocalDigests(storage);
  }

  /** What Redis was last known to hold. */
  known(id: string, key: Bytes): State {
    const difference = this.ledger.get(id);
    return difference === undefined ? this.stateOfEntry(id, this.store.get(key)) : difference.bases[0]!;
  }

  /** What a look found, as {@link recognise}; 'other' may also be the same elements in another order, which only a read tells. */
  recogniseLook(id: string, key: Bytes, found: State): Recognised {
    const nowMs = this.nowMs();
    if (isSame(this.stateOfEntry(id, this.store.get(key)), found, nowMs)) return 'entry';
    return this.ledger.isBase(id, found, nowMs) ? 'base' : 'other';
  }

  /** What was found in Redis: the one comparison that all decisions rest on. */
  recognise(id: string, key: Bytes, read: ReadValue | null): Recognised {
    const state = stateOfRead(read);
    const looked = this.recogniseLook(id, key, state);
    if (looked !== 'other' || read === null) return looked;
    if (this.isRedump(id, key, read)) return 'entry';
    return this.ledger.isBaseInOrder(id, read, state, this.nowMs()) ? 'base' : 'other';
  }

  /** What Redis holds once it has this entry. */
  stateOfEntry(id: string, entry: Entry | undefined): State {
    return this.local.applied(id, stateOf(entry));
  }

  /** The same, to be compared with when the entry is another one. */
  baseOf(id: string, entry: Entry | undefined): State {
    return asBaseOf(this.stateOfEntry(id, entry), entry);
  }

  /**
   * Whether what was read is a string that the node knows Redis to hold: the usual case, without digests. It may have expired
   * since it was read.
   */
  isKnownString(id: string, key: Bytes, read: ReadValue): boolean {
    if (read.type !== undefined || this.ledger.get(id) !== undefined) return false;
    const entry = this.store.get(key);
    if (entry === undefined || entry.type !== undefined || entry.expiryMs !== read.expiryMs) return false;
    if (entry.value === null) return false;
    return Buffer.compare(entry.value, read.value) === 0;
  }

  /** This Redis holds no dump of another's. */
  forgetLocal(id: string): void {
    this.local.delete(id);
  }

  /** This Redis dumps the entry so. */
  noteLocal(id: string, entry: Entry, digest: string): void {
    const known = stateOf(entry)?.digest;
    if (known === undefined || known === digest) this.local.delete(id);
    else this.local.set(id, known, digest);
  }

  /** Whether what was read is the value that the node has, with another expiry. */
  isTouchOf(id: string, entry: Entry, read: ReadValue | null): boolean {
    if (read === null || entry.value === null || entry.type !== read.type) return false;
    if (read.type === undefined) return Buffer.compare(entry.value, read.value) === 0;
    if (hasSameValue(entry, read)) return true;
    return this.stateOfEntry(id, entry)?.digest === stateOfRead(read)!.digest;
  }

  /**
   * Whether what was read is the value that the node has, dumped in another order, as after a restart of either. From then on
   * this is how Redis dumps it.
   */
  private isRedump(id: string, key: Bytes, read: ReadValue): boolean {
    const entry = this.store.get(key);
    if (read.type === undefined || entry === undefined) return false;
    if (entry.type !== read.type || entry.expiryMs !== read.expiryMs || !hasSameValue(entry, read)) return false;
    this.noteLocal(id, entry, stateOfRead(read)!.digest);
    return true;
  }
}
