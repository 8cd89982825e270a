import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mneme, NodeProcess, statusOf, temporaryDirectory, until, untilInSync } from './processes.js';

const directory = temporaryDirectory();
const flags = ['--memory-only', '--failure-timeout', '500ms', '--allow-drills'];
const [a, b] = [new NodeProcess('a', '', [...flags, '--on-heal', 'manual']), new NodeProcess('b', '', flags)];

/** A terminal of 80 columns and 24 rows. */
const tmux = (...args: string[]): string =>
  execFileSync('tmux', ['-S', `${directory.path}/tmux`, '-f', '/dev/null', ...args], { encoding: 'utf8' });
const screen = (): string => tmux('capture-pane', '-p', '-t', 'desk');
const seen = (text: string): Promise<void> =>
  until(`the screen shows ${text}`, async () => screen().includes(text), 60_000);
const press = (...keys: string[]): string => tmux('send-keys', '-t', 'desk', ...keys);

beforeAll(async () => {
  await a.start();
  await b.start(a.address);
  await untilInSync(a, b);
  await mneme(['drill', 'cut', 'a', 'b', '--node', a.address]);
  for (const node of [a, b]) {
    await until('both notice', async () => (await statusOf(node.address)).members.some((one) => one.link === 'down'));
    for (const key of ['k1', 'k2'])
      await mneme(['entry', 'set', key, `{"of":"${node.name}","n":1}`, '--node', node.address]);
  }
  await mneme(['drill', 'heal', '--node', a.address]);
  await until('the split-brain is found', async () => (await statusOf(a.address)).incidents.length === 1);
}, 120_000);

afterAll(async () => {
  try {
    tmux('kill-server');
  } catch {
    // It ended with its last session.
  }
  await Promise.all([a, b].map((node) => node.kill()));
  directory.remove();
});

describe('the desk in a terminal of 80 columns and 24 rows', () => {
  test('shows one conflict after the other and their differences, saves, goes on with what was saved, and applies it', async () => {
    const program = `${process.execPath} ${resolve('bin/run.js')} split-brain resolve --node ${a.address}`;
    const environment = ['-e', 'MNEME_PAGER=cat', '-e', 'TERM=screen'];
    tmux('new-session', '-d', '-s', 'desk', '-x', '80', '-y', '24', ...environment, 'sh');
    press(`cd ${directory.path} && ${program}`, 'Enter');
    await seen('How shall it end?');
    press('Down', 'Down', 'Down', 'Enter');
    await seen('Conflict 1 of 2, 0 picks');
    expect(screen()).toContain('q leave');
    press('d');
    await seen('field by field');
    expect(screen()).toMatch(/-\s+"of": "a"\n\+\s+"of": "b"/);
    press('b');
    await seen('Conflict 1 of 2');
    press('1');
    await seen('Conflict 2 of 2, 1 pick');
    expect(screen()).not.toContain('Conflict 1 of 2');
    press('s');
    await seen('Save as:');
    press('friday.plan', 'Enter');
    await seen('Saved friday.plan: 2 keys');
    expect(readFileSync(`${directory.path}/friday.plan`, 'utf8')).toContain('island-1 "k1"');
    press(`clear; ${program} --plan friday.plan`, 'Enter');
    await seen('Conflict 1 of 2, 0 picks, the rest by friday.plan, else lww');
    press('a');
    await seen('Carry this out (merge picks, else lww)');
    press('n', 'Enter');
    await seen('Nothing was changed.');
    await seen('Conflict 1 of 2');
    press('a');
    await seen('Carry this out (merge picks, else lww)');
    press('y', 'Enter');
    await seen('2 keys as picked');
    await untilInSync(a, b);
    const read = async (key: string) => (await mneme(['entry', 'get', key, '--node', b.address])).stdout.trim();
    expect([await read('k1'), await read('k2')]).toEqual(['{"of":"a","n":1}', '{"of":"b","n":1}']);
  }, 240_000);
});
