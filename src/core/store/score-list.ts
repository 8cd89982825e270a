/**
 * The members of a sorted set in the order of their scores, and of their names where scores are equal, in chunks of about a hundred: finding one,
 * by its score or by how many are before it, halves the chunks and then one of them.
 * A name is a string with a character for each byte, so the order of strings is that of bytes.
 */
export class ScoreList {
  length = 0;
  private readonly chunks: Chunk[] = [];
  /** How many are before each chunk; right for the first so many of them. */
  private readonly starts: number[] = [];
  private known = 0;

  insert(score: number, name: string): void {
    this.length++;
    if (this.chunks.length === 0) {
      this.chunks.push({ scores: [score], names: [name] });
      return;
    }
    let index = this.chunkOf(score, name);
    if (this.chunks[index]!.names.length === CHUNK_MAX) {
      this.split(index);
      if (!isBelow(score, name, this.chunks[index + 1]!, 0)) index++;
    }
    this.known = Math.min(this.known, index + 1);
    const chunk = this.chunks[index]!;
    const at = placeIn(chunk, score, name);
    insertAt(chunk.scores, at, score);
    insertAt(chunk.names, at, name);
  }

  remove(score: number, name: string): boolean {
    if (this.chunks.length === 0) return false;
    const index = this.chunkOf(score, name);
    const chunk = this.chunks[index]!;
    const at = placeIn(chunk, score, name);
    if (chunk.names[at] !== name || chunk.scores[at] !== score) return false;
    removeAt(chunk.scores, at);
    removeAt(chunk.names, at);
    this.length--;
    this.known = Math.min(this.known, index + 1);
    if (chunk.names.length === 0) this.chunks.splice(index, 1);
    return true;
  }

  /** How many are before the place of this one. */
  rankOf(score: number, name: string): number {
    if (this.chunks.length === 0) return 0;
    const index = this.chunkOf(score, name);
    return this.countBefore(index) + placeIn(this.chunks[index]!, score, name);
  }

  /** How many have a lower score, or, where `orEqual`, no higher one. */
  countBelow(score: number, orEqual: boolean): number {
    const isCounted = orEqual ? (one: number) => one <= score : (one: number) => one < score;
    let low = 0;
    let high = this.chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isCounted(this.chunks[middle]!.scores[0]!)) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return 0;
    const { scores } = this.chunks[low - 1]!;
    let from = 0;
    let to = scores.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (isCounted(scores[middle]!)) from = middle + 1;
      else to = middle;
    }
    return this.countBefore(low - 1) + from;
  }

  /** 0 <= rank < length. */
  at(rank: number): { readonly score: number; readonly name: string } {
    const starts = this.counted(this.chunks.length - 1);
    let low = 0;
    let high = this.chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (starts[middle]! <= rank) low = middle;
      else high = middle - 1;
    }
    const { scores, names } = this.chunks[low]!;
    return { score: scores[rank - starts[low]!]!, name: names[rank - starts[low]!]! };
  }

  private countBefore(index: number): number {
    return this.counted(index)[index]!;
  }

  /** Right up to this chunk. */
  private counted(upto: number): readonly number[] {
    const { starts, chunks } = this;
    for (; this.known <= upto; this.known++) {
      const { known } = this;
      starts[known] = known === 0 ? 0 : starts[known - 1]! + chunks[known - 1]!.names.length;
    }
    return starts;
  }

  /** The last chunk that begins with no later one; the first one if none does. */
  private chunkOf(score: number, name: string): number {
    let low = 0;
    let high = this.chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (isBelow(score, name, this.chunks[middle]!, 0)) high = middle - 1;
      else low = middle;
    }
    return low;
  }

  private split(index: number): void {
    this.known = Math.min(this.known, index + 1);
    const { scores, names } = this.chunks[index]!;
    this.chunks.splice(index + 1, 0, { scores: scores.splice(CHUNK_MAX / 2), names: names.splice(CHUNK_MAX / 2) });
  }
}

// ---

interface Chunk {
  readonly scores: number[];
  readonly names: string[];
}

const CHUNK_MAX = 128;

/** By loops: in short arrays they are faster than a splice, which makes one more. */
function insertAt<T>(list: T[], at: number, value: T): void {
  list.push(value);
  for (let i = list.length - 1; i > at; i--) list[i] = list[i - 1]!;
  list[at] = value;
}

function removeAt<T>(list: T[], at: number): void {
  for (let i = at + 1; i < list.length; i++) list[i - 1] = list[i]!;
  list.pop();
}

function isBelow(score: number, name: string, { scores, names }: Chunk, at: number): boolean {
  const other = scores[at]!;
  return score !== other ? score < other : name < names[at]!;
}

/** The place of the first that is not before this one. */
function placeIn(chunk: Chunk, score: number, name: string): number {
  let low = 0;
  let high = chunk.names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = chunk.scores[middle]!;
    if (other < score || (other === score && chunk.names[middle]! < name)) low = middle + 1;
    else high = middle;
  }
  return low;
}
