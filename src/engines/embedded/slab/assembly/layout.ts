/**
 * Where things lie in the linear memory, and what a record and a slot look like: for the store in TypeScript and for compiled code
 * alike. So this file is both, and has nothing in it but numbers.
 */

// ---- the fixed part of the linear memory

/** What came out of a call, and then what came out of a front's part of it. */
export const RESULTS: usize = 0x0;
export const FRONT_RESULTS: usize = 0x80;
/** Of the slab that takes new records: its number, its address, bytes taken, bytes in all. */
export const HEAD: usize = 0x40;
/** The length of the name of this replica, and its bytes: of the part that is its share of a number. */
export const REPLICA: usize = 0x400;
/** Rows of a batch. */
export const ROW_HASHES: usize = 0x600;
export const ROW_STARTS: usize = 0x680;
export const ROW_LENGTHS: usize = 0x700;
export const ROW_SEQS: usize = 0x780;
export const ROW_OUTCOMES: usize = 0x880;
export const ROW_ORIGINS: usize = 0x900;
/** For a front's code: 0x400 bytes. */
export const FRONT_SCRATCH: usize = 0xa00;
/** Address and capacity of each shard of the index. */
export const SHARDS: usize = 0x1000;
/** Hashes of origins, by number. */
export const ORIGINS: usize = 0x2000;
export const DIGESTS_LOW: usize = 0x4000;
export const DIGESTS_HIGH: usize = 0x8000;
/** The writes of a call. */
export const WRITES: usize = 0xc000;
/** Addresses of slabs, by number. */
export const SLABS: usize = 0x10000;
/** Bytes that are handed in, and bytes that come out. */
export const INPUT: usize = 0x50000;
export const OUTPUT: usize = 0x60000;
/** Members of a sorted set, in the upper half of what comes out: of each its score, the length of its name, its name, up to a multiple of 8. */
export const MEMBERS: usize = 0x70000;
/** Keys of each region, by shard. */
export const COUNTS: usize = 0x80000;
/** The hash and the number of the slot of each entry that a call has used. */
export const USES: usize = 0x84000;
export const TENANTS: usize = 0x90000;

export const REPLICA_BYTES: usize = 0x80;
export const ROWS_MAX: u32 = 32;
export const ROW_ORIGINS_MAX: u32 = 64;
export const ORIGINS_MAX: u32 = 0x800;
export const SLABS_MAX: u32 = 0x10000;
export const INPUT_BYTES: usize = 0x10000;
export const OUTPUT_BYTES: usize = 0x20000;
export const MEMBERS_BYTES: usize = 0x4000;
export const MEMBERS_MAX: i32 = 128;
export const MEMBER_LENGTH: usize = 8;
export const MEMBER_NAME: usize = 12;
export const WRITES_MAX: u32 = 512;
export const WRITE_BYTES: usize = 32;
/** Longer values are copied faster by a call. */
export const VALUE_MAX: u32 = 0x1000;
export const KEY_MAX: u32 = 0x400;

// ---- a record (see ../record.ts)

export const LONG: u32 = 1;
export const TOMBSTONE: u32 = 2;
export const EXPIRES: u32 = 4;
export const DEAD: u32 = 8;
export const EVICTED: u32 = 16;
/** TOMBSTONE and EVICTED: it was touched, and more is said of it behind the header. */
export const TOUCHED: u32 = 18;
export const KEY_SHIFT: u32 = 5;
export const KEY_MASK: u32 = 0x7ff;
export const VALUE_SHIFT: u32 = 16;
export const VALUE_MASK: u32 = 0xffff;
export const ORIGIN_BITS: u32 = 11;
export const ORIGIN_MASK: u32 = 0x7ff;
export const HEADER_BYTES: usize = 24;
export const LONG_BYTES: usize = 16;
export const TOUCH_BYTES: usize = 24;
export const EXPIRY_BYTES: usize = 8;
/** Of a long record: its key has parts, and more is said of those behind what is long. */
export const MARKED: u32 = 32;
export const MARK_BYTES: usize = 16;
/** If all parts are of one kind alone, all alive and for good, which; FOLDED: they lie in the mark (see ../folded.ts); WAITS: for being folded. */
export const MARK_PLAIN: usize = 40;
export const FOLDED: u32 = 8;
export const WAITS: u32 = 16;
/** Of what is folded: the last row is the expiry's, rows say of which origin they are. */
export const FOLDED_EXPIRES: u32 = 16;
export const FOLDED_SEVERAL: u32 = 32;
/** How often compiled code has written one of them, and the low and the high half of the HLC and the origin of the latest. */
export const MARK_WRITES: usize = 44;
export const MARK_LATEST: usize = 48;
/** Where, in the part that a touch adds, its flags are. */
export const TOUCH_STATE: usize = 20;

// ---- a slot of the index (see ../index-shard.ts)

export const TAG_SHIFT: u32 = 12;
export const SLAB_HIGH_BITS: u32 = 12;
export const SLAB_HIGH_MASK: u32 = 0xfff;
export const SLAB_LOW_BITS: u32 = 14;
export const UNIT_BITS: u32 = 18;
export const UNIT_MASK: u32 = 0x3ffff;
export const UNIT_BYTES: u32 = 8;
/** No region is fuller. */
export const LOAD_MAX: f64 = 0.85;
