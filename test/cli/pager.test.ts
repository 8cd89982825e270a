import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { throughPager } from '../../src/cli/pager.js';

let directory: string;
let fd: number;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mneme-pager-'));
  fd = openSync(join(directory, 'screen'), 'w');
});
afterEach(() => {
  closeSync(fd);
  rmSync(directory, { recursive: true, force: true });
});

/** A terminal as far as a pager looks at it: what a pager writes goes to a file. */
const terminal = (more: object = {}) =>
  ({ isTTY: true, rows: 24, columns: 80, fd, ...more }) as unknown as NodeJS.WriteStream;
const screen = () => readFileSync(join(directory, 'screen'), 'utf8');
const LONG = Array.from({ length: 100 }, (_, i) => `line ${i}\n`).join('');
const env = (more: NodeJS.ProcessEnv) => ({ PATH: process.env.PATH, ...more });

test('what is longer than the terminal goes through the pager that the operator has named', async () => {
  expect(await throughPager(LONG, terminal(), env({ PAGER: 'sed s/line/LINE/' }))).toBe(true);
  expect(screen()).toBe(LONG.replaceAll('line', 'LINE'));
});

test('MNEME_PAGER goes before PAGER, and an empty one is none', async () => {
  expect(await throughPager(LONG, terminal(), env({ MNEME_PAGER: '', PAGER: 'sed s/line/LINE/' }))).toBe(false);
  expect(await throughPager(LONG, terminal(), env({ MNEME_PAGER: 'head -n 1', PAGER: 'sed p' }))).toBe(true);
  expect(screen()).toBe('line 0\n');
});

test.each([
  ['what fits', 'one line\n', {}, {}],
  ['what no terminal gets', LONG, { isTTY: false }, {}],
  ['a dumb terminal', LONG, {}, { TERM: 'dumb' }],
])('%s goes through none', async (_, text, more, variables) => {
  expect(await throughPager(text, terminal(more), env({ PAGER: 'sed p', ...variables }))).toBe(false);
  expect(screen()).toBe('');
});

test('without a pager on the machine the text is left to be written as it is', async () => {
  expect(await throughPager(LONG, terminal(), env({ PAGER: 'no-such-pager-here 2>&-' }))).toBe(false);
});

test('a pager that is quit before the end is no failure', async () => {
  const huge = LONG.repeat(20_000);
  expect(await throughPager(huge, terminal(), env({ PAGER: 'true' }))).toBe(true);
});
