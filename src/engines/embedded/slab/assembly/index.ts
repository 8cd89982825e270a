/**
 * The store's inner loop: GET and SET without options, from the bytes of the requests to those of the replies, and the rows of
 * ranges, on one linear memory in which index and records lie too. This is AssemblyScript: it is compiled to WebAssembly when
 * the program is built. What it finds it either does whole or leaves as it is, to be done by the store's own methods: large or
 * expired or typed values, tombstones, values that change their size, and everything that is not in this memory.
 *
 * Where things lie is told in ../linear-memory.ts, the forms of a slot and of a record in ../index-shard.ts and ../record.ts.
 */
export { perform } from './requests';
export { packRows, takeRows, warm } from './rows';
