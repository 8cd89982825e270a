import { type GrowingMemory, type InnerLoop, innerLoop, newMemory } from '../../inner-loop.js';

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
 * whole: see SlabHome.
 *
 * Where the fixed part lies (slab/assembly has the same numbers):
 *
 *     0x00000 what came out of a call · 0x00040 the slab for new records · 0x00400 requests of a batch · 0x00600 rows of a batch · 0x01000 the index' shards: address, capacity
 *     0x02000 hashes of origins by number · 0x04000 and 0x08000 digests, low and high words · 0x0c000 the writes of a call
 *     0x10000 addresses of slabs by number · 0x50000 bytes of requests · 0x60000 bytes of replies · 0x80000 keys in each region of the index
 *     0x84000 uses of entries · 0x90000 the tenants
 */
export class LinearMemory {
  readonly code: InnerLoop;
  private readonly memory: GrowingMemory;
  private readonly pagesMax: number;
  private readonly tenants = new Map<Tenant, number>();
  /** Free pieces by address; no two of them touch. */
  private readonly free: { at: number; bytes: number }[] = [];
  /** Where no tenant is any more. */
  private top = TENANTS_AT;
  /** Where none ever was. */
  private highest = TENANTS_AT;
  private used = 0;
  private views!: Views;

  /** `onGrown`: views of the fixed part are to be taken anew. Throws a RangeError where there is no address space for it. */
  constructor(
    private readonly onGrown: () => void = () => {},
    bytesMax = LINEAR_BYTES_MAX,
  ) {
    this.pagesMax = Math.floor(bytesMax / PAGE_BYTES);
    this.memory = newMemory(TENANTS_AT / PAGE_BYTES, this.pagesMax);
    this.code = innerLoop(this.memory);
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
    return this.highest - TENANTS_AT - this.used;
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
      results: new Int32Array(memory, 0, 8),
      greatest: new Float64Array(memory, 24, 2),
      head: new Int32Array(memory, 0x40, 5),
      rowHashes: new Int32Array(memory, 0x600, ROWS),
      rowStarts: new Int32Array(memory, 0x680, ROWS),
      rowLengths: new Int32Array(memory, 0x700, ROWS),
      rowSeqs: new Float64Array(memory, 0x780, ROWS),
      rowOutcomes: new Int32Array(memory, 0x880, ROWS),
      rowOrigins: new Int32Array(memory, 0x900, ROW_ORIGINS),
      shards: new Int32Array(memory, 0x1000, 0x80),
      origins: new Int32Array(memory, 0x2000, ORIGINS),
      digestsLow: new Int32Array(memory, 0x4000, 0x1000),
      digestsHigh: new Int32Array(memory, 0x8000, 0x1000),
      writes: new Int32Array(memory, 0xc000, 0x1000),
      slabs: new Int32Array(memory, 0x10000, SLABS),
      requests: Buffer.from(memory, 0x50000, AREA_BYTES),
      requestWords: new Int32Array(memory, 0x50000, AREA_BYTES / 4),
      packed: new Int32Array(memory, 0x60000, 0x8000),
      replies: Buffer.from(memory, 0x60000, 0x20000),
      counts: new Int32Array(memory, 0x80000, 0x1000),
      uses: new Int32Array(memory, 0x84000, 0x3000),
    };
  }
}

export interface Views {
  /** Bytes read · bytes of replies · writes · bytes by which values have grown · 1 if the last request was a write. */
  results: Int32Array;
  /** Of the rows that were looked at, and of those that were taken. */
  greatest: Float64Array;
  /** The slab that takes new records: its number, its address, bytes taken, bytes in all. Then how many uses there were. */
  head: Int32Array;
  rowHashes: Int32Array;
  /** In `requests`. */
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
  /** Eight words for each: hash of the full key, where it starts and ends in the requests, where the value does, and 1 if the key is new. */
  writes: Int32Array;
  slabs: Int32Array;
  requests: Buffer;
  requestWords: Int32Array;
  /** Where the replies are else. */
  packed: Int32Array;
  replies: Buffer;
  /** Keys of each region of the index, shard by shard. */
  counts: Int32Array;
  /** Of entries that were read or written: hash and number of the slot. */
  uses: Int32Array;
}

/** As much as 32 bits can address. */
export const LINEAR_BYTES_MAX = 2 ** 32;
/** Numbers of origins and slabs that compiled code knows. */
export const ORIGINS = 0x800;
export const SLABS = 0x10000;
/** Rows of a batch, and origins that its packed entries may have. */
export const ROWS = 32;
export const ROW_ORIGINS = 64;
/** For what is handed in. */
export const AREA_BYTES = 0x10000;

// ---------------------------------------------------------------------------------------------------------------------

const TENANTS_AT = 0x90000;
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
