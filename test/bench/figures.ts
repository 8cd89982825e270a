/** What was measured, and what it means: pure functions over the values of some runs. */

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The values of one subject, one a run, in the order of the runs. */
export interface Series {
  readonly name: string;
  readonly values: readonly number[];
}

/** What a median has to be. `of`: the value itself, or its ratio to what it is held against. */
export interface Target {
  readonly of: 'value' | 'ratio';
  readonly is: 'at least' | 'at most' | 'under';
  readonly bound: number;
}

export type Unit = 'ops/s' | 'µs' | 'ms' | 's' | 'bytes' | 'MiB' | 'times' | 'percent';

/** What a scenario hands over. `against` has a value for each value of `of`, measured in the same run. */
export interface Measured {
  readonly figure: string;
  readonly unit: Unit;
  readonly of: Series;
  readonly against?: Series | undefined;
  readonly target?: Target | undefined;
}

export interface Figure extends Measured {
  readonly spread: Spread;
  readonly againstSpread: Spread | null;
  readonly ratio: Spread | null;
  /** null: there is no target, or nothing to compute its ratio against. */
  readonly met: boolean | null;
}

export function figureOf(measured: Measured): Figure {
  const { of, against, target } = measured;
  const spread = spreadOf(of.values);
  const ratio = against === undefined ? null : spreadOf(ratios(of.values, against.values));
  const judged = target?.of === 'ratio' ? ratio : spread;
  return {
    ...measured,
    spread,
    againstSpread: against === undefined ? null : spreadOf(against.values),
    ratio,
    met: target === undefined || judged === null ? null : holds(target, judged.median),
  };
}

function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new Error('no values were measured');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const isOdd = sorted.length % 2 === 1;
  const median = isOdd ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

/** Run by run, so that what a busy machine takes from both sides of a run cancels out. */
function ratios(values: readonly number[], against: readonly number[]): number[] {
  if (values.length !== against.length) throw new Error(`${values.length} runs against ${against.length}`);
  return values.map((value, run) => value / against[run]!);
}

/** The value below which a share of `sorted` lies, nearest rank; `sorted` ascending. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) throw new Error('no samples were taken');
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
}

export const atLeast = (bound: number): Target => ({ of: 'ratio', is: 'at least', bound });
export const atMost = (bound: number): Target => ({ of: 'ratio', is: 'at most', bound });
export const under = (bound: number): Target => ({ of: 'value', is: 'under', bound });

// ---

function holds({ is, bound }: Target, value: number): boolean {
  if (is === 'at least') return value >= bound;
  return is === 'at most' ? value <= bound : value < bound;
}
