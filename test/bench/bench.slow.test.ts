import { execFile } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { figureOf, type Measured, quantile } from './figures.js';
import { jsonLines, numberText, tableView } from './report.js';
import { scattered } from './workload.js';

describe('figures', () => {
  const measured: Measured = {
    figure: 'SET',
    unit: 'ops/s',
    of: { name: 'mneme', values: [10, 40, 90] },
    against: { name: 'redis', values: [10, 20, 100] },
    target: { of: 'ratio', is: 'at least', bound: 1 },
  };

  test('the ratio is the median of the ratios of the runs, not of the medians', () => {
    const { spread, ratio, met } = figureOf({ ...measured, of: { name: 'mneme', values: [10, 40, 30] } });
    expect(spread).toEqual({ median: 30, min: 10, max: 40 });
    expect(ratio).toEqual({ median: 1, min: 0.3, max: 2 });
    expect(met).toBe(true);
  });

  test('a ratio that is a target is not judged where the peer was left out', () => {
    expect(figureOf({ ...measured, against: undefined })).toMatchObject({ ratio: null, met: null });
  });

  test('a bound that is to be stayed under is missed when it is reached', () => {
    const under = (values: number[]) =>
      figureOf({
        ...{ figure: 'pause', unit: 'ms', of: { name: 'mneme', values } },
        target: { of: 'value', is: 'under', bound: 30 },
      }).met;
    expect([under([30]), under([29.9])]).toEqual([false, true]);
  });

  test('runs that have no partner are an error', () => {
    expect(() => figureOf({ ...measured, of: { name: 'mneme', values: [1] } })).toThrow('1 runs against 3');
  });

  test('quantiles are values that were measured', () => {
    expect([0.5, 0.99, 1].map((share) => quantile([1, 2, 3, 4], share))).toEqual([2, 4, 4]);
  });

  test('a table states the target and whether the median meets it, JSON has a line a figure', () => {
    const report = { number: 1, name: 'front-end', title: 'GET', notes: ['a note'], quick: false };
    const figures = [figureOf(measured), figureOf({ ...measured, of: { name: 'mneme', values: [1, 2, 3] } })];
    const text = tableView({ ...report, figures });
    expect(text).toContain('at least 1.0: met');
    expect(text).toContain('at least 1.0: missed');
    expect(text).toContain('- a note');
    const [line = '', ...rest] = jsonLines({ ...report, figures });
    expect(rest).toHaveLength(1);
    expect(JSON.parse(line)).toMatchObject({ scenario: 1, of: { median: 40, values: [10, 40, 90] }, met: true });
  });

  test('numbers have three digits that say something', () => {
    expect([1234567, 99.96, 12.34, 0.456].map(numberText)).toEqual(['1,234,567', '100.0', '12.3', '0.46']);
  });
});

test('a scattered order visits every number once', () => {
  for (const count of [1, 2, 10, 997, 1000]) {
    const order = scattered(count);
    expect(new Set(Array.from({ length: count }, (_, i) => order(i))).size).toBe(count);
  }
});

describe('npm run bench -- --quick', () => {
  test('the cheap scenarios start their processes, measure, and end them', async () => {
    const { stdout, stderr, code } = await bench('--quick', '--json', '1', 'reopen', 'in-process', 'start-up');
    expect({ code, failed: stderr.match(/.*failed.*/g) }).toEqual({ code: 0, failed: null });
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const names = new Set(lines.map((line) => line.name));
    for (const name of ['reopen', 'in-process', 'start-up']) expect(names).toContain(name);
    if (!stderr.includes('left out: redis-benchmark')) expect(names).toContain('front-end');
    for (const { of, quick } of lines) {
      expect(quick).toBe(true);
      expect(of.median).toBeGreaterThan(0);
    }
  }, 90_000);

  test('a scenario that there is not is an error of usage', async () => {
    expect(await bench('99')).toMatchObject({ code: 2, stderr: expect.stringContaining('no scenario "99"') });
  });
});

// ---

function bench(...args: string[]): Promise<{ stdout: string; stderr: string; code: number }> {
  return new Promise((done) => {
    execFile(process.execPath, ['test/bench/main.js', ...args], (error, stdout, stderr) => {
      done({ stdout, stderr, code: error === null ? 0 : Number(error.code ?? 1) });
    });
  });
}
