/** What an entry may hold. A key travels with every log row, a value whole. */
export const KEY_BYTES_MAX = 1024 * 1024;
export const VALUE_BYTES_MAX = 64 * 1024 * 1024;
