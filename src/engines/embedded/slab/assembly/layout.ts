/** Where things lie in the linear memory (see ../linear-memory.ts), and what they look like. */

export const RESULTS: usize = 0x0;
/** Of the slab that takes new records: its number, its address, bytes taken, bytes in all. */
export const HEAD: usize = 0x40;
export const BATCHES: usize = 0x400;
export const ROW_HASHES: usize = 0x600;
export const ROW_STARTS: usize = 0x680;
export const ROW_LENGTHS: usize = 0x700;
export const ROW_SEQS: usize = 0x780;
export const ROW_OUTCOMES: usize = 0x880;
export const ROW_ORIGINS: usize = 0x900;
export const SHARDS: usize = 0x1000;
export const ORIGINS: usize = 0x2000;
export const DIGESTS_LOW: usize = 0x4000;
export const DIGESTS_HIGH: usize = 0x8000;
export const SETS: usize = 0xc000;
export const SLABS: usize = 0x10000;
export const REQUESTS: usize = 0x50000;
export const REPLIES: usize = 0x60000;
/** Keys of each region, by shard. */
export const COUNTS: usize = 0x80000;
/** The hash and the number of the slot of each entry that a call has used. */
export const USES: usize = 0x84000;

export const SLABS_MAX: u32 = 0x10000;
export const REPLIES_BYTES: usize = 0x10000;
export const PACKED_BYTES: usize = 0x20000;
export const SETS_MAX: u32 = 512;
export const SET_BYTES: usize = 32;
/** Longer values are copied faster by a call. */
export const VALUE_MAX: u32 = 0x1000;
export const KEY_MAX: u32 = 0x400;

// ---- a request of a batch

/** The first word says which command it is. */
export const REQUEST_BYTES: usize = 32;
export const KEY: usize = 4;
export const KEY_LENGTH: usize = 8;
export const VALUE: usize = 12;
export const VALUE_LENGTH: usize = 16;
export const HASH: usize = 20;
export const END: usize = 24;

export const GET: u32 = 0;
export const SET: u32 = 1;

// ---- flags of a record

export const LONG: u32 = 1;
export const TOMBSTONE: u32 = 2;
export const EXPIRES: u32 = 4;
export const EVICTED: u32 = 16;
/** Both: it was touched, and more is said of it behind the header. */
export const TOUCHED: u32 = 18;
export const KEY_SHIFT: u32 = 5;
export const KEY_MASK: u32 = 0x7ff;
export const VALUE_SHIFT: u32 = 16;
export const ORIGIN_BITS: u32 = 11;
export const ORIGIN_MASK: u32 = 0x7ff;
export const HEADER_BYTES: usize = 24;
export const EXPIRY_BYTES: usize = 8;
export const TOUCH_BYTES: usize = 24;
/** Where a touched record says whether it has a value: 0 if it has. */
export const TOUCH_STATE: usize = HEADER_BYTES + 20;
