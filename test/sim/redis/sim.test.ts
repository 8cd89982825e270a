import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { MUTANTS } from './mutants.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));
const SEEDS = { first: 11, last: 34 };

/** Runs the simulator as a process of its own; gives its output, also when seeds failed. */
async function simulate(...flags: string[]): Promise<string> {
  const options = { maxBuffer: 64 * 1024 * 1024 };
  const run = promisify(execFile)(process.execPath, ['--no-warnings', MAIN, '--redis', ...flags], options);
  const { stdout } = await run.catch((error: { stdout?: string; stderr?: string }) => ({
    stdout: `${error.stdout ?? ''}${error.stderr ?? ''}${String(error)}`,
  }));
  return stdout;
}

describe('simulated sites with a Redis each', () => {
  test('lose, revert and invent no write of an application under faults, and settle once they are over', async () => {
    const output = await simulate('--seeds', `${SEEDS.first}..${SEEDS.last}`);
    const count = SEEDS.last - SEEDS.first + 1;
    expect(output).toMatch(new RegExp(`^${count} of ${count} seeds passed`, 'm'));
  }, 600_000);

  test('do the same where nodes capture as replicas', async () => {
    expect(await simulate('--seeds', '1..10', '--capture', 'replica')).toMatch(/^10 of 10 seeds passed/m);
  }, 600_000);

  test('give one trace when a seed runs twice', async () => {
    const hashOf = async (): Promise<string | undefined> => /trace (\w{8}),/.exec(await simulate('--seed', '16'))?.[1];
    const first = await hashOf();
    expect(first).toMatch(/^\w{8}$/);
    expect(await hashOf()).toBe(first);
  }, 120_000);
});

describe('mutants of the bridge', () => {
  test('have names of their own, and each replaces text that occurs exactly once', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
    for (const { name, file, find, replace } of MUTANTS) {
      const count = readFileSync(`${ROOT}/${file}`, 'utf8').split(find).length - 1;
      expect(`${name}: ${count}`).toBe(`${name}: 1`);
      expect(replace).not.toBe(find);
    }
  });

  test('are caught, each within its number of seeds', async () => {
    const lines = (await simulate('--mutants')).trim().split('\n');
    expect(lines.filter((line) => !/ caught in \d+ seeds, by /.test(line))).toEqual([]);
    expect(lines).toHaveLength(MUTANTS.length);
  }, 600_000);
});
