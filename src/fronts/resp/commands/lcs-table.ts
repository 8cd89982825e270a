import type { Bytes } from '../../../core/model/bytes.js';

/** The table of the classic algorithm: how long the longest common subsequence of every two beginnings of `a` and `b` is. */
export interface LcsTable {
  /** Of the first `i` bytes of a, and the first `j` of b. */
  at(i: number, j: number): number;
  /** Rows 1 to the length of a are to be filled in this order. */
  fillRow(i: number): void;
}

/** A run of bytes that both have: where it begins, and how long it is. */
export interface Match {
  readonly inA: number;
  readonly inB: number;
  readonly length: number;
}

export function lcsTable(a: Bytes, b: Bytes): LcsTable {
  const width = b.length + 1;
  const cells = new Uint32Array((a.length + 1) * width);
  return {
    at: (i, j) => cells[i * width + j]!,
    fillRow(i) {
      const byte = a[i - 1]!;
      const row = i * width;
      const above = row - width;
      for (let j = 1; j < width; j++) {
        cells[row + j] =
          byte === b[j - 1] ? cells[above + j - 1]! + 1 : Math.max(cells[above + j]!, cells[row + j - 1]!);
      }
    },
  };
}

/** The subsequence, and the runs it is made of, from the last to the first: the same ones of several that Redis finds (t_string.c). */
export function walkBack(a: Bytes, b: Bytes, table: LcsTable): { common: Bytes; matches: Match[] } {
  const common = new Uint8Array(table.at(a.length, b.length));
  const matches: Match[] = [];
  let run: { inA: number; inB: number; length: number } | null = null;
  let [i, j, left] = [a.length, b.length, common.length];
  while (i > 0 && j > 0) {
    let isOver = false;
    if (a[i - 1] === b[j - 1]) {
      i--;
      j--;
      common[--left] = a[i]!;
      if (run === null) run = { inA: i, inB: j, length: 1 };
      else if (run.inA === i + 1 && run.inB === j + 1) run = { inA: i, inB: j, length: run.length + 1 };
      else isOver = true;
      if (run.inA === 0 || run.inB === 0) isOver = true;
    } else {
      if (table.at(i - 1, j) > table.at(i, j - 1)) i--;
      else j--;
      isOver = run !== null;
    }
    if (!isOver) continue;
    matches.push(run!);
    run = null;
  }
  return { common, matches };
}
