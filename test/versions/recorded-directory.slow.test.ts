import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { mneme, NodeProcess, temporaryDirectory } from '../e2e/processes.js';
import { clientOf, type Held, heldBy } from './directory.js';

const FIXTURES = join('test', 'versions', 'fixtures');
const home = temporaryDirectory();
const started: NodeProcess[] = [];
afterAll(async () => {
  await Promise.all(started.map((one) => one.kill()));
  home.remove();
});

describe.each(readdirSync(FIXTURES))('the directory of a node of version %s', (version) => {
  const dir = join(home.path, version);
  const held = JSON.parse(readFileSync(join(FIXTURES, version, 'held.json'), 'utf8')) as Held;

  test('holds a snapshot, a journal, events, and who the node was', () => {
    const files = readdirSync(join(FIXTURES, version, 'directory')).map((name) => name.replace(/-\d+$/, ''));
    expect(new Set(files)).toEqual(new Set(['events', 'journal', 'node.json', 'snapshot']));
  });

  test('is what a node as it is now comes back with: entries, incidents, what is set aside, settings and events', async () => {
    cpSync(join(FIXTURES, version, 'directory'), dir, { recursive: true });
    const node = new NodeProcess('a', dir);
    started.push(node);
    await node.start();
    const { events, ...now } = await heldBy(node);
    const { events: before, ...rest } = held;
    expect(now).toMatchObject(rest);
    expect(events.slice(0, before.length)).toMatchObject(before);

    const client = clientOf(node);
    await client.set('of today', 'x');
    client.disconnect();
    await node.kill('SIGTERM');
    await node.start();
    expect(await heldBy(node)).toMatchObject({ entries: expect.arrayContaining([...held.entries]) });
  });
});

test('a directory of a version that is not known yet is refused, names both, and stays as it is', async () => {
  const dir = join(home.path, 'newer');
  mkdirSync(dir, { recursive: true });
  const [version = ''] = readdirSync(FIXTURES);
  cpSync(join(FIXTURES, version, 'directory'), dir, { recursive: true });
  const journal = readdirSync(dir).find((name) => name.startsWith('journal-'))!;
  const path = join(dir, journal);
  const bytes = readFileSync(path);
  bytes.writeUInt32LE(99, 8);
  writeFileSync(path, bytes);
  const { code, stderr } = await mneme(['cluster', 'start', '--name', 'a', '--dir', dir, '--listen', '127.0.0.1:0']);
  expect({ code, stderr }).toEqual({
    code: 6,
    stderr: expect.stringMatching(
      /journal-\d+ is in format version 99, and this version of Mneme reads versions up to \d+/,
    ),
  });
  expect(readFileSync(path)).toEqual(bytes);
});
