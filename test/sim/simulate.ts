import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const MAIN = fileURLToPath(new URL('main.js', import.meta.url));

/** Runs the simulator as a process of its own; gives its output, also when seeds failed. */
async function simulate(...flags: string[]): Promise<string> {
  const options = { maxBuffer: 64 * 1024 * 1024 };
  const run = promisify(execFile)(process.execPath, ['--no-warnings', MAIN, ...flags], options);
  const { stdout } = await run.catch((error: { stdout?: string; stderr?: string }) => ({
    stdout: `${error.stdout ?? ''}${error.stderr ?? ''}${String(error)}`,
  }));
  return stdout;
}

/** Runs seeds; gives those of its lines that tell of a failure. None: all passed. */
export async function failuresOf(first: number, last: number, ...flags: string[]): Promise<string[]> {
  const output = await simulate('--seeds', `${first}..${last}`, ...flags);
  const count = last - first + 1;
  return output.includes(`${count} of ${count} seeds passed`) ? [] : output.trim().split('\n');
}

/** Runs all mutants; gives the lines of those that are not caught, and how many there were. */
export async function mutantsNotCaught(...flags: string[]): Promise<{ notCaught: string[]; count: number }> {
  const lines = (await simulate('--mutants', ...flags)).trim().split('\n');
  return { notCaught: lines.filter((line) => !/ caught in \d+ seeds, by /.test(line)), count: lines.length };
}

/** The trace of a seed, as a hash. */
export async function traceOf(seed: number, ...flags: string[]): Promise<string> {
  const output = await simulate('--seed', String(seed), ...flags);
  return /trace (\w{8}),/.exec(output)?.[1] ?? output;
}
