import { ChunkCounts } from './chunk-counts.js';

/** Takes members one after the other. */
export interface MemberSink {
  member(score: number, name: string): void;
}

/**
 * The members of a sorted set in the order of their scores, and of their names where scores are equal, in chunks of about a hundred: finding
 * one, by its score or by how many are before it, halves the chunks and then one of them.
 * A name is a string with a character for each byte, so the order of strings is that of bytes.
 */
export class ScoreList {
  length = 0;
  private readonly chunks: Chunk[] = [];
  /** The score that each chunk begins with: looked at where they lie side by side, most chunks are not touched. */
  private readonly firsts: number[] = [];
  private readonly counts = new ChunkCounts(this.chunks);

  insert(score: number, name: string): void {
    if (this.chunks.length === 0) this.addChunk(0, new Chunk());
    let index = this.chunkOf(score, name);
    if (this.chunks[index]!.length === CHUNK_MAX) {
      this.addChunk(index + 1, this.chunks[index]!.split());
      if (!this.isBelow(score, name, index + 1)) index++;
    }
    const chunk = this.chunks[index]!;
    chunk.insert(chunk.placeOf(score, name), score, name);
    this.changed(index, 1);
  }

  remove(score: number, name: string): boolean {
    return this.take(score, name) !== undefined;
  }

  /** A member has another score. The string that was there goes on, so that this one need not outlive the call. */
  move(was: number, score: number, name: string): void {
    this.insert(score, this.take(was, name) ?? name);
  }

  /** How many are before the place of this one. */
  rankOf(score: number, name: string): number {
    if (this.chunks.length === 0) return 0;
    const index = this.chunkOf(score, name);
    return this.counts.before(index) + this.chunks[index]!.placeOf(score, name);
  }

  /** How many have a lower score, or, where `orEqual`, no higher one. */
  countBelow(score: number, orEqual: boolean): number {
    const { firsts } = this;
    let low = 0;
    let high = firsts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const first = firsts[middle]!;
      if (first < score || (orEqual && first === score)) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : this.counts.before(low - 1) + this.chunks[low - 1]!.countBelow(score, orEqual);
  }

  /** 0 <= rank < length. */
  at(rank: number): { readonly score: number; readonly name: string } {
    const index = this.counts.find(rank);
    const chunk = this.chunks[index]!;
    const at = this.counts.within;
    return { score: chunk.scores[at]!, name: chunk.nameAt(at) };
  }

  /** Tells some members, from this rank on, or down from it where `isReversed`. All of them are there. */
  tell(rank: number, count: number, isReversed: boolean, sink: MemberSink): void {
    if (count === 0) return;
    const step = isReversed ? -1 : 1;
    let index = this.counts.find(rank);
    let chunk = this.chunks[index]!;
    let at = this.counts.within;
    for (let i = 0; i < count; i++, at += step) {
      if (at === chunk.length) {
        index += 1;
        chunk = this.chunks[index]!;
        at = 0;
      } else if (at < 0) {
        index -= 1;
        chunk = this.chunks[index]!;
        at = chunk.length - 1;
      }
      sink.member(chunk.scores[at]!, chunk.nameAt(at));
    }
  }

  /** Takes it out. Returns its name, as it was kept; undefined: it was not there. */
  private take(score: number, name: string): string | undefined {
    if (this.chunks.length === 0) return undefined;
    const index = this.chunkOf(score, name);
    const chunk = this.chunks[index]!;
    const at = chunk.placeOf(score, name);
    if (at === chunk.length || chunk.scores[at] !== score) return undefined;
    const known = chunk.nameAt(at);
    if (known !== name) return undefined;
    chunk.remove(at);
    this.changed(index, -1);
    return known;
  }

  /** There are so many more in a chunk. */
  private changed(index: number, by: number): void {
    this.length += by;
    const chunk = this.chunks[index]!;
    if (chunk.length > 0) {
      this.firsts[index] = chunk.scores[0]!;
      this.counts.add(index, by);
    } else {
      this.chunks.splice(index, 1);
      this.firsts.splice(index, 1);
      this.counts.forget();
    }
  }

  private addChunk(index: number, chunk: Chunk): void {
    this.chunks.splice(index, 0, chunk);
    this.firsts.splice(index, 0, chunk.scores[0]!);
    this.counts.forget();
  }

  /** The last chunk that begins with no later one; the first one if none does. */
  private chunkOf(score: number, name: string): number {
    let low = 0;
    let high = this.firsts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.isBelow(score, name, middle)) high = middle - 1;
      else low = middle;
    }
    return low;
  }

  /** Whether this one is before all of a chunk. */
  private isBelow(score: number, name: string, index: number): boolean {
    const first = this.firsts[index]!;
    return score !== first ? score < first : name < this.chunks[index]!.nameAt(0);
  }
}

// ---

const CHUNK_MAX = 128;
const CHUNK_MIN = 4;

/** Some members, in their order. Only numbers move as they come and go: to move a string in a list is dearer, since the heap keeps account of it. */
class Chunk {
  length = 0;
  scores = new Float64Array(CHUNK_MIN);
  /** Where the name of each is in `names`; behind those of all members are the free places. */
  private places = Uint8Array.from({ length: CHUNK_MIN }, (_, i) => i);
  private readonly names: string[] = [];

  nameAt(at: number): string {
    return this.names[this.places[at]!]!;
  }

  insert(at: number, score: number, name: string): void {
    if (this.length === this.scores.length) this.grow(2 * this.length);
    const { scores, places } = this;
    const place = places[this.length]!;
    for (let i = this.length; i > at; i--) {
      scores[i] = scores[i - 1]!;
      places[i] = places[i - 1]!;
    }
    this.length++;
    scores[at] = score;
    places[at] = place;
    this.names[place] = name;
  }

  remove(at: number): void {
    const { scores, places } = this;
    const place = places[at]!;
    this.length--;
    for (let i = at; i < this.length; i++) {
      scores[i] = scores[i + 1]!;
      places[i] = places[i + 1]!;
    }
    places[this.length] = place;
    this.names[place] = '';
  }

  /** Takes the later half out of it. */
  split(): Chunk {
    const half = new Chunk();
    const kept = this.length >>> 1;
    half.grow(this.scores.length);
    for (let i = kept; i < this.length; i++) half.insert(i - kept, this.scores[i]!, this.nameAt(i));
    while (this.length > kept) this.remove(this.length - 1);
    return half;
  }

  /** The place of the first that is not before this one. */
  placeOf(score: number, name: string): number {
    const { scores } = this;
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = scores[middle]!;
      if (other < score || (other === score && this.nameAt(middle) < name)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  countBelow(score: number, orEqual: boolean): number {
    const { scores } = this;
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = scores[middle]!;
      if (other < score || (orEqual && other === score)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private grow(size: number): void {
    const { scores, places } = this;
    this.scores = new Float64Array(size);
    this.scores.set(scores);
    this.places = new Uint8Array(size);
    this.places.set(places);
    for (let i = places.length; i < size; i++) this.places[i] = i;
  }
}
