import { ChunkCounts } from './chunk-counts.js';

/**
 * The hashes of a collection's parts in ascending order, each as often as there are parts that have it: in chunks of some hundred, so that
 * nothing that comes or goes moves more than one chunk.
 */
export class HashList {
  length = 0;
  private readonly chunks: number[][] = [];
  private readonly counts = new ChunkCounts(this.chunks);

  insert(hash: number): void {
    const value = hash >>> 0;
    this.length++;
    if (this.chunks.length === 0) {
      this.chunks.push([value]);
      this.counts.forget();
      return;
    }
    const index = this.chunkOf(value);
    const chunk = this.chunks[index]!;
    if (chunk[chunk.length - 1]! <= value) chunk.push(value);
    else chunk.splice(lowerBound(chunk, value), 0, value);
    this.counts.add(index, 1);
    if (chunk.length <= CHUNK_MAX) return;
    this.chunks.splice(index + 1, 0, chunk.splice(CHUNK_MAX / 2));
    this.counts.forget();
  }

  /** One of those that are there. Returns whether there was one. */
  remove(hash: number): boolean {
    const value = hash >>> 0;
    if (this.chunks.length === 0) return false;
    const index = this.chunkOf(value);
    const chunk = this.chunks[index]!;
    const at = lowerBound(chunk, value);
    if (chunk[at] !== value) return false;
    chunk.splice(at, 1);
    this.taken(index);
    return true;
  }

  includes(hash: number): boolean {
    const chunk = this.chunks.length === 0 ? [] : this.chunks[this.chunkOf(hash >>> 0)]!;
    return chunk[lowerBound(chunk, hash >>> 0)] === hash >>> 0;
  }

  /** The greatest; there is one. */
  get last(): number {
    const chunk = this.chunks[this.chunks.length - 1]!;
    return chunk[chunk.length - 1]!;
  }

  copy(): HashList {
    const copy = new HashList();
    copy.chunks.push(...this.chunks.map((chunk) => [...chunk]));
    copy.length = this.length;
    return copy;
  }

  /** Takes the last one; there is one. */
  pop(): number {
    const index = this.chunks.length - 1;
    const hash = this.chunks[index]!.pop()!;
    this.taken(index);
    return hash;
  }

  /** 0 <= place < length. */
  at(place: number): number {
    const index = this.counts.find(place);
    return this.chunks[index]![this.counts.within]!;
  }

  /** How many are below this one. */
  countBelow(hash: number): number {
    const value = hash >>> 0;
    if (this.chunks.length === 0) return 0;
    let index = this.chunkOf(value);
    // The last of a chunk and the first of the next may be the same.
    while (index > 0 && this.chunks[index]![0] === value) index--;
    return this.counts.before(index) + lowerBound(this.chunks[index]!, value);
  }

  *[Symbol.iterator](): Generator<number> {
    for (const chunk of this.chunks) yield* chunk;
  }

  /** The last chunk that begins with no more than this; the first one if none does. */
  private chunkOf(value: number): number {
    let low = 0;
    let high = this.chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.chunks[middle]![0]! <= value) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** One was taken out of a chunk. */
  private taken(index: number): void {
    this.length--;
    if (this.chunks[index]!.length > 0) this.counts.add(index, -1);
    else {
      this.chunks.splice(index, 1);
      this.counts.forget();
    }
  }
}

// ---

const CHUNK_MAX = 512;

function lowerBound(chunk: readonly number[], value: number): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (chunk[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
