/**
 * How many are in each of some chunks, and so before each of them: a Fenwick tree ("A new data structure for cumulative frequency tables",
 * 1994). Changing one, and finding a rank, take the logarithm of the number of chunks; only when a chunk has come or gone it is made anew, once
 * somebody asks.
 */
export class ChunkCounts {
  /** Where in its chunk the one is whose chunk was looked for last. */
  within = 0;
  /**
   * By the number of a chunk, from 1 on: how many are in the chunks up to it whose numbers differ from its own in no more than its lowest bit
   * that is set, and those below. null: it is to be made anew.
   */
  private tree: number[] | null = null;

  constructor(private readonly chunks: readonly { readonly length: number }[]) {}

  /** A chunk has come or gone. */
  forget(): void {
    this.tree = null;
  }

  /** There are so many more in a chunk. */
  add(index: number, by: number): void {
    const { tree } = this;
    if (tree === null) return;
    for (let number = index + 1; number < tree.length; number += number & -number) tree[number]! += by;
  }

  /** How many are in all chunks before this one. */
  before(index: number): number {
    const tree = this.made();
    let count = 0;
    for (let number = index; number > 0; number &= number - 1) count += tree[number]!;
    return count;
  }

  /** The chunk in which there is the one with so many before it. There is one; no chunk is empty. */
  find(rank: number): number {
    const tree = this.made();
    let index = 0;
    let left = rank;
    for (let step = 1 << (31 - Math.clz32(tree.length)); step > 0; step >>>= 1) {
      const next = index + step;
      if (next >= tree.length || tree[next]! > left) continue;
      index = next;
      left -= tree[next]!;
    }
    this.within = left;
    return index;
  }

  private made(): readonly number[] {
    if (this.tree !== null) return this.tree;
    const tree = [0];
    for (const { length } of this.chunks) tree.push(length);
    for (let number = 1; number < tree.length; number++) {
      const next = number + (number & -number);
      if (next < tree.length) tree[next]! += tree[number]!;
    }
    this.tree = tree;
    return tree;
  }
}
