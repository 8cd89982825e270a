import { BUCKETS } from '../../../core/model/bytes.js';

/**
 * Of the keys whose parts are folded, by the bucket of each part: the hashes of the keys' wholes. Four bytes a part, in chunks of one size that
 * are chained for each bucket: lists that grow by themselves would leave as much memory unused again between them.
 */
export class FoldedKeys {
  /** Parts. */
  size = 0;
  /** Each has so many chunks; number 0 of them is none. */
  private segments: Uint32Array[] = [];
  /** Chunks that were made, and one of those that are free, chained. */
  private made = 1;
  private free = 0;
  /** By bucket: the chunk that is not full, or the last that is, and how many hashes there are in all. */
  private readonly heads = new Uint32Array(BUCKETS);
  private readonly counts = new Uint32Array(BUCKETS);

  /** Of memory. */
  get bytes(): number {
    return this.segments.length * SEGMENT_CHUNKS * CHUNK_WORDS * Uint32Array.BYTES_PER_ELEMENT;
  }

  add(bucket: number, whole: number): void {
    const place = this.counts[bucket]! % CHUNK_HASHES;
    if (place === 0) this.heads[bucket] = this.chunk(this.heads[bucket]!);
    this.counts[bucket]!++;
    this.size++;
    this.put(this.heads[bucket]!, place, whole);
  }

  /** It has to be there. */
  remove(bucket: number, whole: number): void {
    const head = this.heads[bucket]!;
    const lastPlace = --this.counts[bucket]! % CHUNK_HASHES;
    const last = this.at(head, lastPlace);
    this.size--;
    if (last !== whole) this.replace(head, lastPlace, whole, last);
    if (lastPlace > 0) return;
    this.heads[bucket] = this.nextOf(head);
    this.link(head, this.free);
    this.free = head;
    if (this.size === 0) this.clear();
  }

  /** Each of them once. */
  in(bucket: number): Iterable<number> {
    const found = new Set<number>();
    let places = ((this.counts[bucket]! + CHUNK_HASHES - 1) % CHUNK_HASHES) + 1;
    for (let chunk = this.heads[bucket]!; chunk !== 0; chunk = this.nextOf(chunk)) {
      for (let place = 0; place < places; place++) found.add(this.at(chunk, place));
      places = CHUNK_HASHES;
    }
    return found;
  }

  // ---

  private replace(head: number, lastPlace: number, whole: number, by: number): void {
    let places = lastPlace;
    for (let chunk = head; chunk !== 0; chunk = this.nextOf(chunk)) {
      const words = this.segments[chunk >>> SEGMENT_SHIFT]!;
      const first = wordOf(chunk) + 1;
      for (let word = first; word < first + places; word++) {
        if (words[word] !== whole) continue;
        words[word] = by;
        return;
      }
      places = CHUNK_HASHES;
    }
  }

  private chunk(next: number): number {
    let chunk = this.free;
    if (chunk !== 0) this.free = this.nextOf(chunk);
    else {
      chunk = this.made++;
      if (chunk >>> SEGMENT_SHIFT === this.segments.length)
        this.segments.push(new Uint32Array(SEGMENT_CHUNKS * CHUNK_WORDS));
    }
    this.link(chunk, next);
    return chunk;
  }

  private clear(): void {
    this.segments = [];
    this.made = 1;
    this.free = 0;
  }

  private at(chunk: number, place: number): number {
    return this.segments[chunk >>> SEGMENT_SHIFT]![wordOf(chunk) + 1 + place]!;
  }

  private put(chunk: number, place: number, whole: number): void {
    this.segments[chunk >>> SEGMENT_SHIFT]![wordOf(chunk) + 1 + place] = whole;
  }

  private nextOf(chunk: number): number {
    return this.segments[chunk >>> SEGMENT_SHIFT]![wordOf(chunk)]!;
  }

  private link(chunk: number, next: number): void {
    this.segments[chunk >>> SEGMENT_SHIFT]![wordOf(chunk)] = next;
  }
}

// ---

/** A chunk is the number of the next one, and hashes. */
const CHUNK_WORDS = 16;
const CHUNK_HASHES = CHUNK_WORDS - 1;
const SEGMENT_SHIFT = 10;
const SEGMENT_CHUNKS = 1 << SEGMENT_SHIFT;

function wordOf(chunk: number): number {
  return (chunk & (SEGMENT_CHUNKS - 1)) * CHUNK_WORDS;
}
