import { execFile, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mneme, NodeProcess, type Ran, temporaryDirectory, until } from './processes.js';

const directory = temporaryDirectory();
const node = new NodeProcess('a', '', ['--memory-only']);
const KEYS = 200;
const VALUE_BYTES = 20_000;

beforeAll(async () => {
  await node.start();
  const value = 'x'.repeat(VALUE_BYTES);
  writeFileSync(at('data'), Array.from({ length: KEYS }, (_, i) => `{"key":"k${i}","value":"${value}"}\n`).join(''));
  expect((await mneme(['entry', 'import', at('data'), '--node', node.address])).code).toBe(0);
}, 60_000);

afterAll(async () => {
  await node.kill();
  directory.remove();
});

const at = (name: string): string => `${directory.path}/${name}`;
const exported = (file: string): Promise<Ran> => mneme(['entry', 'export', '-o', file, '--node', node.address]);
const partials = (): string[] => readdirSync(directory.path).filter((name) => name.includes('.partial'));

function expectWhole(file: string): void {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(new Set(lines.map((line) => (JSON.parse(line) as { key: string }).key)).size).toBe(KEYS);
  expect(lines).toHaveLength(KEYS);
}

/** Run through a shell, for what only that does. */
async function shell(script: string): Promise<Ran> {
  const mnemeCommand = `${process.execPath} ${resolve('bin/run.js')}`;
  const environment = { ...process.env, M: mnemeCommand, MNEME_NODE: node.address, D: directory.path, NO_COLOR: '1' };
  const run = promisify(execFile)('bash', ['-c', script], { env: environment, maxBuffer: 64 << 20 });
  return run.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

const permits = (command: string, ...args: string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

describe('what entry export -o writes', () => {
  test('an existing file keeps its mode, and its owner where this user may give files away', async () => {
    writeFileSync(at('mode'), 'before');
    chmodSync(at('mode'), 0o640);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) chownSync(at('mode'), 1, 2);
    const { ino } = statSync(at('mode'));
    expect((await exported(at('mode'))).code).toBe(0);
    const { mode, uid, gid, ino: now } = statSync(at('mode'));
    expect([mode & 0o7777, now === ino]).toEqual([0o640, false]);
    if (isRoot) expect([uid, gid]).toEqual([1, 2]);
    expectWhole(at('mode'));
  }, 30_000);

  test('a symbolic link stays one, and the file that it names is written, also one that is not there yet', async () => {
    writeFileSync(at('target'), 'before');
    symlinkSync('target', at('link'));
    symlinkSync('link', at('link-to-link'));
    symlinkSync('new', at('dangling'));
    for (const name of ['link-to-link', 'dangling']) expect((await exported(at(name))).code).toBe(0);
    for (const name of ['link', 'link-to-link', 'dangling']) expect(lstatSync(at(name)).isSymbolicLink()).toBe(true);
    expectWhole(at('target'));
    expectWhole(at('new'));
  }, 30_000);

  test('a FIFO is written into, and stays one', async () => {
    execFileSync('mkfifo', [at('fifo')]);
    const { code } = await shell('cat $D/fifo > $D/from-fifo & $M entry export -o $D/fifo && wait');
    expect([code, lstatSync(at('fifo')).isFIFO()]).toEqual([0, true]);
    expectWhole(at('from-fifo'));
  }, 30_000);

  test('a socket is written into', async () => {
    const chunks: Buffer[] = [];
    const server = createServer((socket) => socket.on('data', (chunk) => chunks.push(chunk)));
    await new Promise<void>((done) => server.listen(at('socket'), done));
    const { code } = await exported(at('socket'));
    await new Promise((done) => server.close(done));
    writeFileSync(at('from-socket'), Buffer.concat(chunks));
    expect(code).toBe(0);
    expectWhole(at('from-socket'));
  }, 30_000);

  test('standard output and other descriptors of its own are written into where they stand', async () => {
    writeFileSync(at('appended'), 'before\n');
    const { code, stdout } = await shell(
      '$M entry export -o /dev/stdout >> $D/appended && $M entry export -o /dev/fd/3 3>> $D/appended && $M entry export -o /dev/stdout | wc -l',
    );
    expect([code, stdout.trim()]).toEqual([0, String(KEYS)]);
    const lines = readFileSync(at('appended'), 'utf8').trimEnd().split('\n');
    expect([lines.length, lines[0]]).toEqual([1 + 2 * KEYS, 'before']);
  }, 30_000);

  const hasDevices = permits('mknod', at('null'), 'c', '1', '3');
  (hasDevices ? test : test.skip)(
    'a device is written into, and stays one',
    async () => {
      expect((await exported(at('null'))).code).toBe(0);
      expect(lstatSync(at('null')).isCharacterDevice()).toBe(true);
    },
    30_000,
  );

  test('of two exports to one name at once each is whole, and one of them stands', async () => {
    const both = await Promise.all([exported(at('both')), exported(at('both'))]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expectWhole(at('both'));
    expect(partials()).toEqual([]);
  }, 30_000);

  test('a signal leaves nothing unfinished behind, and what was there is as it was', async () => {
    writeFileSync(at('kept'), 'before');
    const args = [resolve('bin/run.js'), 'entry', 'export', '-o', at('kept'), '--node', node.address];
    const child = spawn(process.execPath, args, { stdio: 'ignore' });
    const ended = new Promise((done) => child.once('exit', (code, signal) => done(signal ?? code)));
    await until('it writes', async () => partials().length > 0 || child.exitCode !== null);
    child.kill('SIGTERM');
    const how = await ended;
    expect(partials()).toEqual([]);
    if (how === 'SIGTERM') expect(readFileSync(at('kept'), 'utf8')).toBe('before');
  }, 30_000);

  test.each<[string, string, RegExp]>([
    ['a directory', '', /cannot write .*: it is a directory \(EISDIR\)/],
    ['a file in a directory that is not there', 'none/file', /cannot write .*none\/file: no such file or directory/],
    ['a file below a file', 'data/file', /cannot write .*data\/file: a part of the path is no directory/],
    ['a link to itself', 'loop', /cannot write .*loop: its symbolic links go round in circles/],
  ])('%s is usage, and the error names it', async (_case, name, message) => {
    if (name === 'loop') symlinkSync('loop', at('loop'));
    const { code, stderr } = await exported(at(name));
    expect([code, stderr.replace(/\s+/g, ' ')]).toEqual([2, expect.stringMatching(message)]);
  });
});

describe('a full disk', () => {
  mkdirSync(at('full'));
  const isMounted = permits('mount', '-t', 'tmpfs', '-o', 'size=1m', 'mneme-test', at('full'));
  afterAll(() => {
    if (isMounted) execFileSync('umount', [at('full')]);
  });

  (isMounted ? test : test.skip)(
    'is told in words, leaves nothing behind, and keeps the file that was there',
    async () => {
      writeFileSync(at('full/kept'), 'before');
      for (const name of ['kept', 'new']) {
        const { code, stderr } = await exported(at(`full/${name}`));
        const text = stderr.replace(/\s+/g, ' ');
        expect([code, text]).toEqual([
          6,
          expect.stringContaining(`full/${name}: no space left on the device (ENOSPC)`),
        ]);
        expect(text).not.toContain('bug');
      }
      expect(readdirSync(at('full'))).toEqual(['kept']);
      expect(readFileSync(at('full/kept'), 'utf8')).toBe('before');
    },
    30_000,
  );

  (existsSync('/dev/full') ? test : test.skip)(
    'is told in words where results go to it',
    async () => {
      for (const command of ['entry export', 'entry list', 'entry list --json', 'entry get k1', 'cluster status']) {
        const { code, stderr } = await shell(`$M ${command} > /dev/full`);
        expect([command, code, stderr]).toEqual([command, 6, expect.stringMatching(/^error: .*no space left/m)]);
        expect(stderr).not.toMatch(/bug|at .*\.js/);
      }
    },
    60_000,
  );

  test('of what reads is no error', async () => {
    const { code, stdout } = await shell('set -o pipefail; $M entry export | head -n 1 | cut -c 1-8');
    expect([code, stdout]).toEqual([0, '{"key":"\n']);
  }, 30_000);
});

describe('a value from standard input', () => {
  test('that is empty is usage, with the next step, and nothing is written', async () => {
    for (const command of [
      'entry set fresh < /dev/null',
      'entry set fresh - < /dev/null',
      'entry set ZnJlc2g= --base64 <<< ""',
    ]) {
      const { code, stderr } = await shell(`$M ${command}`);
      expect([command, code, stderr]).toEqual([command, 2, expect.stringContaining("mneme entry set KEY ''")]);
    }
    expect((await shell('$M entry get fresh')).code).toBe(7);
    expect((await shell("$M entry set fresh '' && $M entry get fresh")).code).toBe(0);
  }, 30_000);
});
