import type { Measured } from './figures.js';
import type { Stage } from './stage.js';

/** One question about speed or size, asked of real processes. */
export interface Scenario {
  readonly number: number;
  /** For the command line. */
  readonly name: string;
  readonly title: string;
  /** How many runs are made where none are asked for: as many as a modest time allows. */
  readonly runs: number;
  measure(stage: Stage): Promise<Measured[]>;
}

/** A B A B …: whatever a busy machine does meanwhile, it does to all subjects. Gives the results of each subject. */
export async function inTurn<T>(
  runs: number,
  subjects: readonly ((run: number) => Promise<T>)[],
): Promise<readonly T[][]> {
  const results: T[][] = subjects.map(() => []);
  for (let run = 0; run < runs; run++) {
    for (const [index, subject] of subjects.entries()) results[index]!.push(await subject(run));
  }
  return results;
}
