/**
 * The store's inner loop: entries read and written on one linear memory, in which index and records lie, by whoever has code compiled
 * along with it, and the rows of ranges. This is AssemblyScript: it is compiled to WebAssembly when the program is built. What it
 * finds it either does whole or leaves as it is, to be done by the store's own methods: large or expired or typed values, tombstones,
 * values that change their size, and everything that is not in this memory.
 */
export { closeBatch, openBatch } from './batch';
export { packRows, takeRows, warm } from './rows';
