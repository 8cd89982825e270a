import { execFileSync, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connectClient } from '../../src/admin/client/client.js';
import { RawClient } from '../resp/raw-client.js';
import { mneme, mnemeJson, NodeProcess, temporaryDirectory, until, untilInSync } from './processes.js';

const directory = temporaryDirectory();
const [a, b] = ['a', 'b'].map((name) => new NodeProcess(name, '', ['--memory-only'])) as [NodeProcess, NodeProcess];
const hasTmux = spawnSync('which', ['tmux']).status === 0;
let client: RawClient;
let isOver = false;
let traffic: Promise<void>;

const tmux = (...args: string[]): string =>
  execFileSync('tmux', ['-S', `${directory.path}/tmux`, '-f', '/dev/null', ...args], { encoding: 'utf8' });
const screen = (): string => tmux('capture-pane', '-p', '-t', 'top');
const seen = (pattern: RegExp): Promise<void> =>
  until(`the screen shows ${pattern}`, async () => pattern.test(screen()), 60_000);
const press = (...keys: string[]): string => tmux('send-keys', '-t', 'top', ...keys);
/** Whether the cursor is shown, and whether a program has a screen of its own. */
const modes = (): string => tmux('display', '-p', '-t', 'top', '#{cursor_flag} #{alternate_on}').trim();

beforeAll(async () => {
  await a.start();
  await b.start(a.address);
  await untilInSync(a, b);
  client = await RawClient.connect(Number(a.address.split(':')[1]));
  traffic = (async () => {
    while (!isOver) {
      for (let i = 0; i < 3; i++) await client.line(`SET session:${i} x`);
      await client.line('GET cart:1');
    }
  })();
}, 60_000);

afterAll(async () => {
  isOver = true;
  await traffic;
  client.close();
  try {
    tmux('kill-server');
  } catch {
    // It ended with its last session, or there is none.
  }
  await Promise.all([a.kill(), b.kill()]);
  directory.remove();
});

describe('what clients do', () => {
  test('is told in figures that agree with what a client counts', async () => {
    const admin = await connectClient(a.address);
    const [before, then] = [await admin.call('PULSE', {}), performance.now()];
    const top = await mnemeJson<{
      members: { name: string; readsPerSecond: number; writesPerSecond: number }[];
      hot: { node: { name: string }; prefix: string; readsPerSecond: number; writesPerSecond: number }[];
    }>(['top', '--node', a.address]);
    const after = await admin.call('PULSE', {});
    admin.close();
    const perSecond = ((after.writes - before.writes) * 1000) / (performance.now() - then);
    const [ofA, ofB] = top.members;
    // Of a second of those that the command took: the machine may be busy with other things.
    expect(ofA!.writesPerSecond / perSecond).toBeGreaterThan(0.2);
    expect(ofA!.writesPerSecond / perSecond).toBeLessThan(5);
    expect(Math.abs(ofA!.writesPerSecond / ofA!.readsPerSecond - 3)).toBeLessThan(1.5);
    expect([ofB!.readsPerSecond, ofB!.writesPerSecond]).toEqual([0, 0]);
    const [hottest, next] = top.hot.filter(({ node }) => node.name === 'a');
    expect([hottest!.prefix, next!.prefix]).toEqual(['session:', 'cart:']);
    expect(Math.abs(hottest!.writesPerSecond / next!.readsPerSecond - 3)).toBeLessThan(1.5);
  }, 60_000);

  test('is printed once without a terminal, and refused otherwise with the next step', async () => {
    const once = await mneme(['top', '--once', '--node', a.address]);
    expect(once.stdout).toMatch(/^ {2}a +serving/m);
    expect(once.stdout).toContain('session:*');
    expect(once.stdout).not.toContain('\u001b');
    const refused = await mneme(['top', '--node', a.address]);
    expect([refused.code, refused.stdout]).toEqual([5, '']);
    expect(refused.stderr).toContain(`mneme top --once --node ${a.address}`);
  }, 60_000);
});

(hasTmux ? describe : describe.skip)('in a terminal of 80 columns and 24 rows', () => {
  const program = () => `${process.execPath} ${resolve('bin/run.js')} top --node ${a.address}`;

  test('it fills the screen, follows keys and a change of its size, and gives back what was there', async () => {
    tmux('new-session', '-d', '-s', 'top', '-x', '80', '-y', '24', '-e', 'PS1=$ ', 'sh');
    press(`echo this was there; ${program()}; echo ended with $?`, 'Enter');
    await seen(/session:\*/);
    expect(modes()).toBe('0 1');
    const lines = screen().trimEnd().split('\n');
    expect(lines).toHaveLength(24);
    expect(lines[0]).toMatch(/^In sync: all 2 members|^Catching up/);
    expect(lines[23]).toMatch(/^q quit {2}p pause/);
    await seen(/WRITES\/S\n {2}a +serving.*[▂-█]/);
    press('Down', 'Down');
    await seen(/^> b/m);
    await seen(/HOT PREFIXES of b/);
    press('Right');
    await seen(/order: lag/);
    press('p');
    await seen(/PAUSED/);
    const paused = screen();
    press('p');
    await until('it goes on', async () => screen() !== paused && !screen().includes('PAUSED'));
    tmux('resize-window', '-t', 'top', '-x', '120', '-y', '30');
    await until('it fills the larger screen', async () => screen().trimEnd().split('\n').length === 30);
    tmux('resize-window', '-t', 'top', '-x', '70', '-y', '14');
    await until('it fits the smaller one', async () => {
      const rows = screen().trimEnd().split('\n');
      return rows.length === 14 && /^q quit/.test(rows[13]!) && rows[0]!.length <= 70;
    });
    press('q');
    await seen(/ended with 0/);
    expect(modes()).toBe('1 0');
    expect(screen()).toContain('this was there');
    expect(screen()).not.toContain('q quit');
  }, 120_000);

  test('a SIGTERM gives the terminal back too', async () => {
    press(`clear; ${program()}; echo ended again with $?`, 'Enter');
    await seen(/q quit/);
    expect(modes()).toBe('0 1');
    const pid = execFileSync('pgrep', ['-f', `run.js top --node ${a.address}`], { encoding: 'utf8' }).trim();
    process.kill(Number(pid.split('\n').at(-1)), 'SIGTERM');
    await seen(/ended again with 0/);
    expect(modes()).toBe('1 0');
  }, 60_000);

  test('it is refused where no key could end it', async () => {
    press(`clear; ${program()} < /dev/null; echo refused with $?`, 'Enter');
    await seen(/refused with 5/);
    expect(screen()).toContain('standard input is none');
    expect(modes()).toBe('1 0');
  }, 60_000);
});
