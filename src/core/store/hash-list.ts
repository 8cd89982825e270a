/**
 * The hashes of a collection's parts in ascending order, each as often as there are parts that have it: pieces of memory of some thousand
 * bytes, so that a million of them takes four megabytes, and nothing that comes or goes moves more than one piece.
 */
export class HashList {
  length = 0;
  private readonly chunks: Uint32Array[] = [];
  private readonly counts: number[] = [];
  /** Of the chunk that `at` looked at last: its number, and how many are in those before it. */
  private near = 0;
  private nearBefore = 0;

  insert(hash: number): void {
    const value = hash >>> 0;
    this.length++;
    this.near = this.nearBefore = 0;
    if (this.chunks.length === 0) {
      this.chunks.push(new Uint32Array(FIRST));
      this.counts.push(0);
    }
    let index = this.chunkOf(value);
    if (this.counts[index] === CHUNK_MAX) {
      this.split(index);
      if (value >= this.chunks[index + 1]![0]!) index++;
    }
    const count = this.counts[index]!;
    const chunk = this.roomy(index, count);
    const at = lowerBound(chunk, count, value);
    chunk.copyWithin(at + 1, at, count);
    chunk[at] = value;
    this.counts[index] = count + 1;
  }

  /** One of those that are there. Returns whether there was one. */
  remove(hash: number): boolean {
    const value = hash >>> 0;
    if (this.chunks.length === 0) return false;
    const index = this.chunkOf(value);
    const chunk = this.chunks[index]!;
    const count = this.counts[index]!;
    const at = lowerBound(chunk, count, value);
    if (at === count || chunk[at] !== value) return false;
    chunk.copyWithin(at, at + 1, count);
    this.counts[index] = count - 1;
    this.length--;
    this.near = this.nearBefore = 0;
    if (count === 1) {
      this.chunks.splice(index, 1);
      this.counts.splice(index, 1);
    }
    return true;
  }

  /** 0 <= place < length. */
  at(place: number): number {
    // Mostly it is the one after the last.
    if (place < this.nearBefore) this.near = this.nearBefore = 0;
    for (;;) {
      const count = this.counts[this.near]!;
      if (place - this.nearBefore < count) return this.chunks[this.near]![place - this.nearBefore]!;
      this.nearBefore += count;
      this.near++;
    }
  }

  /** How many are below this one. */
  countBelow(hash: number): number {
    const value = hash >>> 0;
    if (this.chunks.length === 0) return 0;
    const index = this.firstChunkOf(value);
    let below = 0;
    for (let i = 0; i < index; i++) below += this.counts[i]!;
    return below + lowerBound(this.chunks[index]!, this.counts[index]!, value);
  }

  *[Symbol.iterator](): Generator<number> {
    for (let index = 0; index < this.chunks.length; index++) {
      const chunk = this.chunks[index]!;
      const count = this.counts[index]!;
      for (let i = 0; i < count; i++) yield chunk[i]!;
    }
  }

  /** Of memory. */
  get bytes(): number {
    let bytes = 0;
    for (const chunk of this.chunks) bytes += chunk.byteLength;
    return bytes;
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

  /** The same, of several that begin with this one the first that could have it. */
  private firstChunkOf(value: number): number {
    let index = this.chunkOf(value);
    while (index > 0 && this.chunks[index]![0] === value) index--;
    return index;
  }

  private roomy(index: number, count: number): Uint32Array {
    const chunk = this.chunks[index]!;
    if (count < chunk.length) return chunk;
    const grown = new Uint32Array(Math.min(CHUNK_MAX, 2 * count));
    grown.set(chunk);
    this.chunks[index] = grown;
    return grown;
  }

  private split(index: number): void {
    const chunk = this.chunks[index]!;
    const upper = new Uint32Array(CHUNK_MAX);
    upper.set(chunk.subarray(CHUNK_MAX / 2));
    this.chunks.splice(index + 1, 0, upper);
    this.counts.splice(index, 1, CHUNK_MAX / 2, CHUNK_MAX / 2);
  }
}

// ---

const FIRST = 4;
const CHUNK_MAX = 1024;

function lowerBound(chunk: Uint32Array, count: number, value: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (chunk[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
