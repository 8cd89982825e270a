import { type Entry, isDeleted, type ValueType } from './entry.js';
import { type Steps, sorted } from './steps.js';
import type { Origin, Version } from './version.js';

const KEYS_PER_STEP = 512;

/** A key that one island alone changed, and that stands. Of its value only the length is known. */
export interface OneSidedKey extends Version {
  readonly id: string;
  readonly island: number;
  readonly seq: number;
  readonly expiryMs: number;
  readonly type: ValueType | undefined;
  readonly deleted: boolean;
  readonly evicted: boolean;
  readonly valueBytes: number;
}

/** Collects the keys that one island alone changed while a plan is made. */
export class OneSidedTally {
  private readonly found: { id: string; island: number; entry: Entry }[] = [];

  note(id: string, island: number, entry: Entry): void {
    this.found.push({ id, island, entry });
  }

  *packed(): Steps<OneSidedKeys> {
    const inOrder = yield* sorted(this.found, (a, b) => (a.id < b.id ? -1 : 1));
    const keys = new OneSidedKeys(
      inOrder.length,
      inOrder.reduce((sum, { id }) => sum + id.length, 0),
    );
    for (const [at, { id, island, entry }] of inOrder.entries()) {
      if (at % KEYS_PER_STEP === KEYS_PER_STEP - 1) yield;
      keys.put(at, id, island, entry);
    }
    return keys;
  }
}

/**
 * The keys that one island alone changed, in the order of their ids. There may be as many as there are entries, and they are kept while a
 * person reads: so they are packed, in some forty bytes each and the key, outside of the heap.
 */
export class OneSidedKeys {
  static readonly NONE = new OneSidedKeys(0, 0);
  private readonly keys: Buffer;
  private readonly ends: Uint32Array;
  private readonly islands: Uint8Array;
  private readonly origins: Uint32Array;
  private readonly types: Uint8Array;
  private readonly flags: Uint8Array;
  private readonly lengths: Float64Array;
  private readonly hlcs: Float64Array;
  private readonly seqs: Float64Array;
  private readonly expiries: Float64Array;
  private readonly originNames: Origin[] = [];
  private readonly originNumbers = new Map<Origin, number>();

  constructor(
    readonly length: number,
    keyBytes: number,
  ) {
    this.keys = Buffer.allocUnsafeSlow(keyBytes);
    this.ends = new Uint32Array(length);
    this.islands = new Uint8Array(length);
    this.origins = new Uint32Array(length);
    this.types = new Uint8Array(length);
    this.flags = new Uint8Array(length);
    this.lengths = new Float64Array(length);
    this.hlcs = new Float64Array(length);
    this.seqs = new Float64Array(length);
    this.expiries = new Float64Array(length);
  }

  /** In the order of the places: each once. */
  put(at: number, id: string, island: number, entry: Entry): void {
    const start = this.startOf(at);
    this.ends[at] = start + this.keys.write(id, start, 'latin1');
    this.islands[at] = island;
    this.origins[at] = this.numberOf(entry.origin);
    this.types[at] = entry.type ?? 0;
    this.flags[at] = (isDeleted(entry) ? DELETED : 0) | (entry.evicted === true ? EVICTED : 0);
    this.lengths[at] = entry.value?.length ?? 0;
    this.hlcs[at] = entry.hlc;
    this.seqs[at] = entry.seq;
    this.expiries[at] = entry.expiryMs;
  }

  idAt(at: number): string {
    return this.keys.toString('latin1', this.startOf(at), this.ends[at]!);
  }

  islandAt(at: number): number {
    return this.islands[at]!;
  }

  isDeletedAt(at: number): boolean {
    return (this.flags[at]! & DELETED) !== 0;
  }

  bytesAt(at: number): number {
    return this.lengths[at]!;
  }

  at(at: number): OneSidedKey {
    return {
      id: this.idAt(at),
      island: this.islands[at]!,
      hlc: this.hlcs[at]!,
      origin: this.originNames[this.origins[at]!]!,
      seq: this.seqs[at]!,
      expiryMs: this.expiries[at]!,
      type: this.types[at] === 0 ? undefined : (this.types[at] as ValueType),
      deleted: this.isDeletedAt(at),
      evicted: (this.flags[at]! & EVICTED) !== 0,
      valueBytes: this.lengths[at]!,
    };
  }

  private startOf(at: number): number {
    return at === 0 ? 0 : this.ends[at - 1]!;
  }

  private numberOf(origin: Origin): number {
    const known = this.originNumbers.get(origin);
    if (known !== undefined) return known;
    this.originNames.push(origin);
    this.originNumbers.set(origin, this.originNames.length - 1);
    return this.originNames.length - 1;
  }
}

const DELETED = 1;
const EVICTED = 2;
