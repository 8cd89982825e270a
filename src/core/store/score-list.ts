/**
 * The members of a sorted set in the order of their scores, and of their names where scores are equal, in chunks of some hundred: finding one,
 * by its score or by how many are before it, halves the chunks and then one of them.
 * A name is a string with a character for each byte, so the order of strings is that of bytes.
 */
export class ScoreList {
  length = 0;
  private readonly chunks: Chunk[] = [];
  /** How many are before each chunk; null: something has changed since that was known. */
  private starts: number[] | null = null;

  insert(score: number, name: string): void {
    this.length++;
    this.starts = null;
    if (this.chunks.length === 0) {
      this.chunks.push({ scores: [score], names: [name] });
      return;
    }
    let index = this.chunkOf(score, name);
    if (this.chunks[index]!.names.length === CHUNK_MAX) {
      this.split(index);
      if (!isBelow(score, name, this.chunks[index + 1]!, 0)) index++;
    }
    const chunk = this.chunks[index]!;
    const at = placeIn(chunk, score, name);
    chunk.scores.splice(at, 0, score);
    chunk.names.splice(at, 0, name);
  }

  remove(score: number, name: string): boolean {
    if (this.chunks.length === 0) return false;
    const index = this.chunkOf(score, name);
    const chunk = this.chunks[index]!;
    const at = placeIn(chunk, score, name);
    if (chunk.names[at] !== name || chunk.scores[at] !== score) return false;
    chunk.scores.splice(at, 1);
    chunk.names.splice(at, 1);
    this.length--;
    this.starts = null;
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
    const starts = this.counted();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (starts[middle]! <= rank) low = middle;
      else high = middle - 1;
    }
    const { scores, names } = this.chunks[low]!;
    return { score: scores[rank - starts[low]!]!, name: names[rank - starts[low]!]! };
  }

  private countBefore(index: number): number {
    return this.counted()[index]!;
  }

  private counted(): number[] {
    if (this.starts !== null) return this.starts;
    const starts: number[] = [];
    let count = 0;
    for (const { names } of this.chunks) {
      starts.push(count);
      count += names.length;
    }
    this.starts = starts;
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
    const { scores, names } = this.chunks[index]!;
    this.chunks.splice(index + 1, 0, { scores: scores.splice(CHUNK_MAX / 2), names: names.splice(CHUNK_MAX / 2) });
  }
}

// ---

interface Chunk {
  readonly scores: number[];
  readonly names: string[];
}

const CHUNK_MAX = 512;

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
