import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { MUTANTS } from './mutants.js';
import { SEEDS } from './seeds.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = fileURLToPath(new URL('main.js', import.meta.url));
const SEED_COUNT = 200;
const SET_BACK_COUNT = 40;
const TICKS = '8000';

/** Runs the simulator as a process of its own; gives its output, also when seeds failed. */
async function simulate(...flags: string[]): Promise<string> {
  const options = { maxBuffer: 64 * 1024 * 1024 };
  const run = promisify(execFile)(process.execPath, ['--no-warnings', MAIN, '--ticks', TICKS, ...flags], options);
  const { stdout } = await run.catch((error: { stdout?: string; stderr?: string }) => ({
    stdout: `${error.stdout ?? ''}${error.stderr ?? ''}${String(error)}`,
  }));
  return stdout;
}

describe('simulated clusters', () => {
  test('keep every rule under faults, and converge once all is healed', async () => {
    const output = await simulate('--seeds', `1..${SEED_COUNT}`);
    expect(output).toMatch(new RegExp(`^${SEED_COUNT} of ${SEED_COUNT} seeds passed`, 'm'));
  }, 600_000);

  test('keep every rule when disks are set back to older copies', async () => {
    const output = await simulate('--seeds', `1..${SET_BACK_COUNT}`, '--sets-back');
    expect(output).toMatch(new RegExp(`^${SET_BACK_COUNT} of ${SET_BACK_COUNT} seeds passed`, 'm'));
  }, 600_000);

  test('pass the seeds that once failed', async () => {
    const late = SEEDS.filter(({ seed }) => seed > SEED_COUNT).map(({ seed }) => seed);
    for (const seed of late) expect(await simulate('--seed', String(seed))).toMatch(/^1 of 1 seeds passed/m);
  }, 120_000);

  test('give one trace when a seed runs twice', async () => {
    const hashOf = async (): Promise<string | undefined> => /trace (\w{8}),/.exec(await simulate('--seed', '6'))?.[1];
    const first = await hashOf();
    expect(first).toMatch(/^\w{8}$/);
    expect(await hashOf()).toBe(first);
  }, 60_000);
});

describe('mutants', () => {
  test('have names of their own, and each replaces text that occurs exactly once', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
    expect(MUTANTS.length).toBeGreaterThanOrEqual(15);
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
  }, 1_200_000);
});
