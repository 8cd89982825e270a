/** The word that was probably meant; null: none is near. */
export function closest(word: string, candidates: readonly string[]): string | null {
  let best: { word: string; distance: number } | null = null;
  for (const candidate of candidates) {
    const distance = distanceOf(word, candidate);
    // Nothing would be left of a word of one letter.
    if (distance >= word.length) continue;
    if (distance <= Math.max(1, Math.floor(word.length / 3)) && (best === null || distance < best.distance))
      best = { word: candidate, distance };
  }
  return best?.word ?? null;
}

/** Damerau and Levenshtein: letters left out, added, replaced, or two of them swapped. */
function distanceOf(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const isSame = one[i - 1] === other[j - 1];
      let least = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1])
        least = Math.min(least, rows[i - 2]![j - 2]! + 1);
      row.push(least);
    }
    rows.push(row);
  }
  return rows[one.length]![other.length]!;
}
