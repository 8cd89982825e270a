/** What an entry may hold. A key travels with every log row, a value whole. */
export const KEY_BYTES_MAX = 1024 * 1024;
export const VALUE_BYTES_MAX = 64 * 1024 * 1024;

/** What a node holds set aside, unless it was told otherwise: values, and bytes of them. */
export const ASIDES_MAX = 1_000_000;
export const ASIDE_BYTES_MAX = 1024 ** 3;

/** A range begins no further entry once it has this many bytes: 64 current values of 4 MiB, where a range must be whole (R4). */
export const RANGE_BYTES_MAX = 256 * 1024 * 1024;
