import type { Workspace } from '../../batch.js';
import { type GrowingMemory, type InnerLoop, innerLoop, type MemberLists, newMemory } from '../../inner-loop.js';
import {
  COUNTS,
  DIGESTS_HIGH,
  DIGESTS_LOW,
  FRONT_RESULTS,
  HEAD,
  INPUT,
  INPUT_BYTES,
  MEMBERS,
  MEMBERS_BYTES,
  ORIGINS,
  ORIGINS_MAX,
  OUTPUT,
  OUTPUT_BYTES,
  REPLICA,
  REPLICA_BYTES,
  RESULTS,
  ROW_HASHES,
  ROW_LENGTHS,
  ROW_ORIGINS,
  ROW_ORIGINS_MAX,
  ROW_OUTCOMES,
  ROW_SEQS,
  ROW_STARTS,
  ROWS_MAX,
  SHARDS,
  SLABS,
  SLABS_MAX,
  TENANTS,
  USES,
  WRITE_BYTES,
  WRITES,
  WRITES_MAX,
} from './assembly/layout.js';
import type { Written } from './compiled-path.js';

/** What lies in a linear memory, or in a memory of its own. */
export interface Tenant {
  readonly byteLength: number;
  /** The part of its bytes that means something, where it lies now. */
  readonly content: Uint8Array;
  /** `at`: where its bytes are in that memory. Called anew whenever the memory has grown, since views of it are gone then. */
  place(memory: ArrayBuffer, at: number): void;
  /** Tells compiled code where it is; `at` is 0 if it is elsewhere. */
  announce(views: Views, at: number): void;
}

/**
 * One memory that compiled code can work on, for all that a store looks at when it reads and writes short entries. It grows
 * in place, up to 4 GiB; what does not fit is put elsewhere. What was freed in it is used again, but can only be given back
 * whole: see SlabHome. Where the fixed part lies is told in assembly/layout.ts.
 */
export class LinearMemory {
  readonly code: InnerLoop;
  private readonly memory: GrowingMemory;
  private readonly pagesMax: number;
  private readonly tenants = new Map<Tenant, number>();
  /** Free pieces by address; no two of them touch. */
  private readonly free: { at: number; bytes: number }[] = [];
  /** Where no tenant is any more. */
  private top = TENANTS;
  /** Where none ever was. */
  private highest = TENANTS;
  private used = 0;
  private views!: Views;
  /** What a front may use of it. */
  workspace!: Workspace;
  /** The writes of the latest batch. */
  written!: Written;

  /** `onGrown`: views of the fixed part are to be taken anew. Throws a RangeError where there is no address space for it. */
  constructor(
    private readonly onGrown: () => void = () => {},
    bytesMax = LINEAR_BYTES_MAX,
    members: MemberLists = NO_MEMBERS,
  ) {
    this.pagesMax = Math.floor(bytesMax / PAGE_BYTES);
    this.memory = newMemory(TENANTS / PAGE_BYTES, this.pagesMax);
    this.code = innerLoop(this.memory, members);
    this.view();
  }

  get fixed(): Readonly<Views> {
    return this.views;
  }

  /** Bytes that tenants have. */
  get usedBytes(): number {
    return this.used;
  }

  /** Bytes that tenants had. */
  get freeBytes(): number {
    return this.highest - TENANTS - this.used;
  }

  get isEmpty(): boolean {
    return this.tenants.size === 0;
  }

  /** Some tenant. */
  get first(): Tenant | undefined {
    return this.tenants.keys().next().value;
  }

  /** Returns where it is from now on, with the content that it had, or whatever lies there, or zeros; 0: there is no room. */
  admit(tenant: Tenant, content: Uint8Array | 'any' | 'zeros' = 'any'): number {
    const bytes = sized(tenant);
    const { highest } = this;
    const at = this.take(bytes, content === 'any' ? INDEX_SHARE : 0);
    if (at === 0) return 0;
    this.used += bytes;
    this.tenants.set(tenant, at);
    const memory = this.memory.buffer;
    if (content instanceof Uint8Array) new Uint8Array(memory, at, content.length).set(content);
    // Where nobody ever was are zeros, and no page counts as resident before it is written to.
    else if (content === 'zeros' && at < highest) new Uint8Array(memory, at, Math.min(bytes, highest - at)).fill(0);
    tenant.place(memory, at);
    return at;
  }

  /** Returns whether it was here. */
  release(tenant: Tenant): boolean {
    const at = this.tenants.get(tenant);
    if (at === undefined) return false;
    this.tenants.delete(tenant);
    this.used -= sized(tenant);
    this.putBack(at, sized(tenant));
    return true;
  }

  /** `kept`: the share of all that could be there to be left for others. 0: there is no room. */
  private take(bytes: number, kept: number): number {
    const found = this.free.findIndex((piece) => piece.bytes >= bytes);
    if (found !== -1) {
      const piece = this.free[found]!;
      const { at } = piece;
      piece.at += bytes;
      piece.bytes -= bytes;
      if (piece.bytes === 0) this.free.splice(found, 1);
      return at;
    }
    if (this.top + bytes > (1 - kept) * this.pagesMax * PAGE_BYTES || !this.reach(this.top + bytes)) return 0;
    const at = this.top;
    this.top += bytes;
    this.highest = Math.max(this.highest, this.top);
    return at;
  }

  private putBack(at: number, bytes: number): void {
    const { free } = this;
    let next = free.findIndex((piece) => piece.at > at);
    if (next === -1) next = free.length;
    free.splice(next, 0, { at, bytes });
    this.join(next);
    this.join(next - 1);
    const last = free[free.length - 1]!;
    if (last.at + last.bytes === this.top) {
      this.top = last.at;
      free.pop();
    }
  }

  /** With the one that follows, if they touch. */
  private join(index: number): void {
    const [piece, next] = [this.free[index], this.free[index + 1]];
    if (piece === undefined || next === undefined || piece.at + piece.bytes !== next.at) return;
    piece.bytes += next.bytes;
    this.free.splice(index + 1, 1);
  }

  /** Behind the end are some bytes more, since compiled code reads sixteen at a time. */
  private reach(end: number): boolean {
    const missing = end + SPARE_BYTES - this.memory.buffer.byteLength;
    if (missing <= 0) return true;
    const pages = this.memory.buffer.byteLength / PAGE_BYTES;
    const needed = Math.ceil(missing / PAGE_BYTES);
    if (pages + needed > this.pagesMax) return false;
    try {
      this.memory.grow(Math.min(Math.max(needed, growthOf(pages)), this.pagesMax - pages));
    } catch {
      return false;
    }
    this.view();
    for (const [tenant, at] of this.tenants) tenant.place(this.memory.buffer, at);
    this.onGrown();
    return true;
  }

  private view(): void {
    const memory = this.memory.buffer;
    this.views = {
      results: new Int32Array(memory, RESULTS, 8),
      greatest: new Float64Array(memory, RESULTS + 24, 2),
      head: new Int32Array(memory, HEAD, 5),
      rowHashes: new Int32Array(memory, ROW_HASHES, ROWS_MAX),
      rowStarts: new Int32Array(memory, ROW_STARTS, ROWS_MAX),
      rowLengths: new Int32Array(memory, ROW_LENGTHS, ROWS_MAX),
      rowSeqs: new Float64Array(memory, ROW_SEQS, ROWS_MAX),
      rowOutcomes: new Int32Array(memory, ROW_OUTCOMES, ROWS_MAX),
      rowOrigins: new Int32Array(memory, ROW_ORIGINS, ROW_ORIGINS_MAX),
      shards: new Int32Array(memory, SHARDS, 0x80),
      origins: new Int32Array(memory, ORIGINS, ORIGINS_MAX),
      digestsLow: new Int32Array(memory, DIGESTS_LOW, 0x1000),
      digestsHigh: new Int32Array(memory, DIGESTS_HIGH, 0x1000),
      writes: new Int32Array(memory, WRITES, (WRITES_MAX * WRITE_BYTES) / 4),
      slabs: new Int32Array(memory, SLABS, SLABS_MAX),
      replica: Buffer.from(memory, REPLICA, REPLICA_BYTES),
      input: Buffer.from(memory, INPUT, INPUT_BYTES),
      inputWords: new Int32Array(memory, INPUT, INPUT_BYTES / 4),
      packed: new Int32Array(memory, OUTPUT, OUTPUT_BYTES / 4),
      members: Buffer.from(memory, MEMBERS, MEMBERS_BYTES),
      memberWords: new Int32Array(memory, MEMBERS, MEMBERS_BYTES / 4),
      memberScores: new Float64Array(memory, MEMBERS, MEMBERS_BYTES / 8),
      counts: new Int32Array(memory, COUNTS, 0x1000),
      uses: new Int32Array(memory, USES, 0x3000),
    };
    const { input, writes } = this.views;
    this.workspace = {
      code: this.code,
      input,
      output: Buffer.from(memory, OUTPUT, OUTPUT_BYTES),
      results: new Int32Array(memory, FRONT_RESULTS, 32),
    };
    this.written = { bytes: input, places: writes };
  }
}

export interface Views {
  /**
   * The first and the third: where in `input` a folded key is that stood in the way of a write, and its length; 0: none did. The second: bytes of
   * packed entries; the fourth: bytes by which values have grown.
   */
  results: Int32Array;
  /** Of the rows that were looked at, and of those that were taken. */
  greatest: Float64Array;
  /** The slab that takes new records: its number, its address, bytes taken, bytes in all. Then how many uses there were. */
  head: Int32Array;
  rowHashes: Int32Array;
  /** In `input`. */
  rowStarts: Int32Array;
  /** Of keys. */
  rowLengths: Int32Array;
  rowSeqs: Float64Array;
  /** 0: left to others; 1: taken; 2: overridden; 3: taken, and its key was not here. */
  rowOutcomes: Int32Array;
  /** By the numbers of packed entries, those of the store. */
  rowOrigins: Int32Array;
  /** Two words for each shard. */
  shards: Int32Array;
  origins: Int32Array;
  digestsLow: Int32Array;
  digestsHigh: Int32Array;
  /** See Written. */
  writes: Int32Array;
  slabs: Int32Array;
  /** The length of this replica's name as a word, and the name. */
  replica: Buffer;
  input: Buffer;
  inputWords: Int32Array;
  /** Of packed entries that come out. */
  packed: Int32Array;
  /** Of sorted sets, for compiled code. */
  members: Buffer;
  memberWords: Int32Array;
  memberScores: Float64Array;
  /** Keys of each region of the index, shard by shard. */
  counts: Int32Array;
  /** Of entries that were read or written: hash and number of the slot. */
  uses: Int32Array;
}

/** Nobody has lists of members. */
const NO_MEMBERS: MemberLists = { openMembers: () => -1, countBelow: () => 0, rankOf: () => 0, listMembers: () => 0 };

/** As much as 32 bits can address. */
export const LINEAR_BYTES_MAX = 2 ** 32;

// ---------------------------------------------------------------------------------------------------------------------

const PAGE_BYTES = 0x10000;
const SPARE_BYTES = 256;
/** Slabs leave so much to the index: without that, compiled code finds nothing. */
const INDEX_SHARE = 1 / 8;
/** Pieces begin and end at the system's pages. */
const PIECE_BYTES = 0x1000;

function sized({ byteLength }: Tenant): number {
  return Math.ceil(byteLength / PIECE_BYTES) * PIECE_BYTES;
}

/** Pages more at a time: few where there are few, so that an empty store costs next to nothing. */
function growthOf(pages: number): number {
  return Math.min(0x100, Math.max(4, pages >>> 2));
}
