/** Sorts in steps that do not hold the event loop: runs first, which are then merged two by two. What is equal keeps its order. */
export function* sortInSteps<T>(items: readonly T[], compare: (a: T, b: T) => number): Generator<undefined, T[]> {
  let from: T[] = [...items];
  for (let at = 0; at < from.length; at += RUN) {
    const run = from.slice(at, at + RUN).sort(compare);
    for (let i = 0; i < run.length; i++) from[at + i] = run[i]!;
    yield;
  }
  let to = new Array<T>(from.length);
  for (let width = RUN; width < from.length; width *= 2) {
    for (let at = 0; at < from.length; at += 2 * width) yield* merge(from, to, at, width, compare);
    [from, to] = [to, from];
  }
  return from;
}

// ---

const RUN = 256;

function* merge<T>(
  from: readonly T[],
  to: T[],
  start: number,
  width: number,
  compare: (a: T, b: T) => number,
): Generator<undefined, void> {
  const middle = Math.min(start + width, from.length);
  const end = Math.min(middle + width, from.length);
  let [one, other] = [start, middle];
  for (let at = start; at < end; at++) {
    const isOne = one < middle && (other === end || compare(from[one]!, from[other]!) <= 0);
    to[at] = from[isOne ? one++ : other++]!;
    if (at % RUN === 0) yield;
  }
}
