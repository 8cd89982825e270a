import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mneme, mnemeJson, NodeProcess, statusOf, temporaryDirectory } from './processes.js';

/** Places that a node cannot keep its data in: the error names the place in words, and says what to name instead. */
const home = temporaryDirectory();
const at = (...names: string[]) => join(home.path, ...names);

beforeAll(() => {
  writeFileSync(at('file'), '');
  mkdirSync(at('shared'));
  chmodSync(at('shared'), 0o777);
});
afterAll(() => home.remove());

describe.each([[[]], [['--detach']]])('a start %j with --dir', (more) => {
  test.each([
    ['a file', at('file'), 6, `${at('file')} is no directory`],
    ['a place below a file', at('file', 'x'), 6, 'a part of the path is no directory (ENOTDIR)'],
    ['a device', '/dev/null', 6, '/dev/null is no directory'],
    ['a place where the kernel has none', '/proc/foo', 6, 'cannot write to /proc/foo: '],
    ['a name that is too long', at('x'.repeat(300)), 6, 'the name is too long (ENAMETOOLONG)'],
    ['nothing', '', 2, '--dir is empty'],
    ['what others can write', at('shared'), 6, `others can write to ${at('shared')}`],
  ])('%s', async (_, dir, code, text) => {
    // A port that nothing can listen on for long: should it start all the same, it is seen at once.
    const outcome = await mneme(['cluster', 'start', '--name', 'z', '--dir', dir, '--listen', '127.0.0.1:1', ...more]);
    expect(outcome).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(`error: `) });
    expect(outcome.stderr).toContain(text);
    expect(outcome.stderr).toMatch(/\nnext: +\S/);
    expect(outcome.stderr).toContain('--dir PATH');
    expect(outcome.stderr).not.toMatch(/bug in mneme|\b(mkdir|scandir|open|stat) '|E[A-Z]+: /);
  });
});

test('nothing is left behind by these', () => {
  expect(readdirSync(home.path).sort()).toEqual(['file', 'shared']);
  expect(readdirSync(at('shared'))).toEqual([]);
});

test.each([
  ['127.0.0.1:80000', 'its port is not from 0 to 65535'],
  ['192.0.2.1:7379', 'this machine has no such address (EADDRNOTAVAIL)'],
  ['no-host.invalid:7379', 'Cannot listen on no-host.invalid:7379: '],
])('an address that a node cannot listen on is named, with what to name instead: %s', async (address, text) => {
  const { code, stderr } = await mneme([
    'cluster',
    'start',
    '--name',
    'z',
    '--memory-only',
    '--trust-network',
    '--listen',
    address,
  ]);
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(text) });
  expect(stderr).toMatch(/\nnext: +\S/);
  expect(stderr).not.toMatch(/listen E[A-Z]+|getaddrinfo/);
});

test('what a start was asked for holds at the next one with the directory, drills too, until it is asked otherwise', async () => {
  const node = new NodeProcess('d', at('d'), ['--allow-drills']);
  await node.start();
  await node.kill('SIGTERM');
  const again = new NodeProcess('d', at('d'));
  await again.start(null, node.address);
  expect((await statusOf(node.address)).self.allowsDrills).toBe(true);
  const { nodes } = await mnemeJson<{ nodes: { allowed: boolean }[] }>(['drill', 'status', '--node', node.address]);
  expect(nodes.map(({ allowed }) => allowed)).toEqual([true]);
  await again.kill('SIGTERM');
  const without = new NodeProcess('d', at('d'), ['--no-allow-drills']);
  for (const one of [without, again]) {
    await one.start(null, node.address);
    expect((await statusOf(node.address)).self.allowsDrills).toBe(false);
    await one.kill('SIGTERM');
  }
  expect(existsSync(at('d', 'node.json'))).toBe(true);
}, 60_000);
