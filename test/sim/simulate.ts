import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from '@swc/core';
import type { Mutant } from './mutants.js';

const MAIN = fileURLToPath(new URL('main.js', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

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

/** The mutants that could not be put in: what they replace does not occur exactly once, or the outcome is no code. With reasons. */
export async function unfitOf(mutants: readonly Mutant[]): Promise<string[]> {
  const unfit: string[] = [];
  for (const { name, file, find, replace } of mutants) {
    const parts = readFileSync(`${ROOT}/${file}`, 'utf8').split(find);
    if (parts.length !== 2) unfit.push(`${name}: found ${parts.length - 1} times`);
    if (replace === find) unfit.push(`${name}: changes nothing`);
    await parse(parts.join(replace), { syntax: 'typescript', decorators: true }).catch((error: unknown) =>
      unfit.push(`${name}: ${String(error)}`),
    );
  }
  return unfit;
}
