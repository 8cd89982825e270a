import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { inOneCluster } from './operator.js';
import { mneme, NodeProcess, temporaryDirectory, until, untilInSync } from './processes.js';

/** What a command tells to type next is typed into a shell, as it stands. */
const home = temporaryDirectory();
const [a, b] = ['a', 'b'].map((name) => new NodeProcess(name, join(home.path, `of ${name}`))) as [
  NodeProcess,
  NodeProcess,
];

inOneCluster(home, a, b);

/** The `next:` line, and what comes of it in a shell in which `mneme` is the built one. */
async function paste(output: string): Promise<{ command: string; code: number; text: string }> {
  const command = /^next: +(.*)$/m.exec(output)?.[1] ?? '';
  const script = `mneme() { '${process.execPath}' '${resolve('bin/run.js')}' "$@"; }\n${command}`;
  return new Promise((done) => {
    const env = { ...process.env, NO_COLOR: '1', COLUMNS: '1000' };
    execFile('sh', ['-c', script], { env, timeout: 20_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      done({ command, code, text: `${stdout}${stderr}` });
    });
  });
}

describe('the next command works when it is pasted', () => {
  test.each<[string, () => string[], number, RegExp]>([
    [
      'a member that there is not',
      () => ['replica', 'inspect', 'nobody', '--node', a.address],
      7,
      /^mneme cluster status --node/,
    ],
    [
      'a plan without a split-brain',
      () => ['split-brain', 'plan', '--node', a.address],
      6,
      /^mneme cluster status --node/,
    ],
    [
      'an incident that there is not',
      () => ['split-brain', 'show', 'x', '--node', a.address],
      7,
      /^mneme split-brain history --node/,
    ],
    [
      'a setting that there is not',
      () => ['cluster', 'settings', 'x', '--node', a.address],
      2,
      /^mneme cluster settings --node/,
    ],
    [
      'a history that is empty',
      () => ['split-brain', 'history', '--node', a.address],
      0,
      /^mneme cluster status --node/,
    ],
    [
      'a member that there is not, with a time limit',
      () => ['replica', 'compare', 'a', 'x', '--node', a.address, '--timeout', '3s'],
      7,
      /--timeout 3s/,
    ],
    ['a directory in use', () => ['cluster', 'start', '--dir', a.dir, '--listen', '127.0.0.1:0'], 6, /^ps -p \d+$/],
    ['a flag that there is not', () => ['cluster', 'status', '--nodes', 'x'], 2, /^mneme cluster status --help$/],
    ['a command that there is not', () => ['cluster', 'stats'], 2, /^mneme cluster --help$/],
    ['drill heal without a drill', () => ['drill', 'heal', '--node', a.address], 6, /^mneme drill status --node/],
    [
      'a member that cannot forget itself',
      () => ['cluster', 'forget', 'a', '--yes', '--node', a.address],
      6,
      /^mneme cluster leave --node/,
    ],
  ])('after %s', async (_, args, code, next) => {
    const outcome = await mneme(args());
    expect(outcome.code).toBe(code);
    const pasted = await paste(outcome.stdout + outcome.stderr);
    expect(pasted.command).toMatch(next);
    expect(pasted.text).not.toMatch(/no command|Unexpected argument|Nonexistent flag|not found|bug in mneme/);
    // A step that asks before it changes anything has nobody to ask here.
    expect(pasted.text.includes('this needs a confirmation') ? 0 : pasted.code).toBe(0);
  });

  test('after a start in a directory that others can write, also where its name has a space', async () => {
    const dir = join(home.path, 'open to all');
    mkdirSync(dir);
    await new Promise((done) => execFile('chmod', ['777', dir], done));
    const outcome = await mneme(['cluster', 'start', '--dir', dir, '--listen', '127.0.0.1:0']);
    expect(outcome.code).toBe(6);
    const pasted = await paste(outcome.stderr);
    expect(pasted).toMatchObject({ code: 0, command: expect.stringContaining(dir) });
  });

  test('where a member is down: status, and what it says to do', async () => {
    await b.kill();
    await until('a has noticed', async () =>
      (await mneme(['cluster', 'status', '--node', a.address])).stdout.includes('down: '),
    );
    const outcome = await mneme(['replica', 'verify', '--node', a.address, '--timeout', '3s']);
    expect(outcome.code).toBe(3);
    const pasted = await paste(outcome.stdout);
    expect(pasted).toMatchObject({ code: 3, command: `mneme cluster status --node ${a.address} --timeout 3s` });
    expect(pasted.text).toContain(`mneme cluster forget b`);
    await b.start();
    await untilInSync(a, b);
  });
});
