/**
 * Work that is done in steps, so that a large piece of it never holds up the event loop: a generator that yields after each
 * step, and returns the result. Whoever drives it does other things between two steps.
 */
export type Steps<T> = Generator<undefined, T, undefined>;

/** All steps at once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Merge sort (bottom up) in steps of about `stepItems` items. `compare` as for Array.sort; the items are left as they are. */
export function* sorted<T>(items: readonly T[], compare: (a: T, b: T) => number, stepItems = 1024): Steps<T[]> {
  let runs: T[][] = [];
  for (let at = 0; at < items.length; at += stepItems) {
    runs.push(items.slice(at, at + stepItems).sort(compare));
    yield;
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let i = 0; i < runs.length; i += 2) {
      const [a, b] = [runs[i]!, runs[i + 1]];
      merged.push(b === undefined ? a : yield* mergeRuns(a, b, compare, stepItems));
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

function* mergeRuns<T>(a: T[], b: T[], compare: (a: T, b: T) => number, stepItems: number): Steps<T[]> {
  const merged: T[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    merged.push(compare(a[i]!, b[j]!) <= 0 ? a[i++]! : b[j++]!);
    if (merged.length % stepItems === 0) yield;
  }
  while (i < a.length) merged.push(a[i++]!);
  while (j < b.length) merged.push(b[j++]!);
  return merged;
}

/** The places of strings in their order. They are all different. */
export function* orderOf(
  texts: readonly string[],
  compare: (a: string, b: string) => number = (a, b) => (a < b ? -1 : 1),
): Steps<Uint32Array> {
  const places = texts.map((_, i) => i);
  return Uint32Array.from(yield* sorted(places, (a, b) => compare(texts[a]!, texts[b]!)));
}
