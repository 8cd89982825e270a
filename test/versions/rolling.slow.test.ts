import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PROTOCOL } from '../../src/core/replication/messages.js';
import { mneme, NodeProcess, statusOf, temporaryDirectory, until, untilInSync } from '../e2e/processes.js';

/** Members that are brought to another version one after the other. */
const home = temporaryDirectory();
const own = (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version;
const nodes = ['a', 'b'].map((name) => new NodeProcess(name, join(home.path, name), ['--failure-timeout', '1s']));
const [a, b] = nodes as [NodeProcess, NodeProcess];

beforeAll(async () => {
  await a.start();
  await b.start(a.address);
  await untilInSync(a, b);
}, 60_000);
afterAll(async () => {
  await Promise.all(nodes.map((one) => one.kill()));
  home.remove();
});

/** This build, as if it were another version. Returns its program. */
function buildOf(version: string, change: (chunk: string) => string = (chunk) => chunk): string {
  const root = join(home.path, `mneme-${version}`);
  mkdirSync(root);
  for (const part of ['bin', 'dist']) cpSync(part, join(root, part), { recursive: true });
  for (const file of ['package.json', 'oclif.manifest.json']) {
    const about = JSON.parse(readFileSync(file, 'utf8')) as object;
    writeFileSync(join(root, file), JSON.stringify({ ...about, version }));
  }
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
  const files = readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => name.endsWith('.js'))) {
    const path = join(root, 'dist', file);
    const text = readFileSync(path, 'utf8');
    const changed = change(text);
    if (changed !== text) writeFileSync(path, changed);
  }
  return join(root, 'bin', 'run.js');
}

/** As an operator with a terminal of 80 columns sees it. */
function statusText(node: NodeProcess, ...more: string[]): string {
  const env = { ...process.env, NO_COLOR: '1', COLUMNS: '80' };
  const args = ['bin/run.js', 'cluster', 'status', '--node', node.address, ...more];
  return execFileSync(process.execPath, args, { env, encoding: 'utf8' });
}

async function read(node: NodeProcess, key: string): Promise<string> {
  return (await mneme(['entry', 'get', key, '--node', node.address])).stdout.trim();
}

test('two versions work in one cluster, status shows which, and says once all can use what is new', async () => {
  expect(statusText(a)).not.toMatch(/versions of mneme/);
  await b.kill('SIGTERM');
  b.program = buildOf('0.99.0');
  await b.start();
  await untilInSync(a, b);
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    expect(await mneme(['entry', 'set', `from ${from.name}`, 'x', '--node', from.address])).toMatchObject({ code: 0 });
    await until('the write is there', async () => (await read(to, `from ${from.name}`)) === 'x');
  }
  expect(statusText(a).replace(/\s+/g, ' ')).toMatch(
    `versions of mneme: b 0.99.0, a ${own}; what is new in 0.99.0 can be used once all run it`,
  );
  await a.kill('SIGTERM');
  a.program = b.program;
  await a.start();
  await untilInSync(a, b);
  expect(statusText(a)).not.toMatch(/versions of mneme/);
  expect(statusText(a, '--verbose')).toMatch(
    'versions of mneme: all members run 0.99.0, so all can use what is new in it',
  );
});

test('a member of a version too new is refused with words at its links and in status, and comes back with one that fits', async () => {
  await b.kill('SIGTERM');
  const fitting = b.program;
  let changes = 0;
  b.program = buildOf('9.0.0', (chunk) =>
    chunk.replace(/\b(PROTOCOL(?:_OLDEST)?) = \d+;/g, (_, name: string) => {
      changes++;
      return `${name} = ${PROTOCOL + 7};`;
    }),
  );
  expect(changes).toBe(2);
  await b.start();
  const problems = async (node: NodeProcess) => (await statusOf(node.address)).problems?.map(({ text }) => text) ?? [];
  const words = new RegExp(
    `b runs mneme 9\\.0\\.0, which speaks.* ${PROTOCOL + 7}.*: bring a to a version nearer to that of b`,
  );
  await until('a says so', async () => (await problems(a)).some((text) => words.test(text)));

  const { code, stdout } = await mneme(['cluster', 'status', '--node', a.address]);
  expect({ code, stdout }).toEqual({ code: 3, stdout: expect.stringMatching(/PROBLEM|problem/) });
  const joiner = new NodeProcess('c', join(home.path, 'c'));
  joiner.program = b.program;
  nodes.push(joiner);
  await expect(joiner.start(a.address)).rejects.toThrow(/c runs mneme 9\.0\.0, which speaks/);

  await b.kill('SIGTERM');
  b.program = fitting;
  await b.start();
  await untilInSync(a, b);
  expect(await problems(a)).toEqual([]);
});
