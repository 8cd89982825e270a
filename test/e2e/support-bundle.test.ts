import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { done, inOneCluster, set } from './operator.js';
import { mneme, NodeProcess, temporaryDirectory, until } from './processes.js';

const home = temporaryDirectory();
/** A Redis that nobody reaches: its password is an option of the start all the same. */
const engine = 'redis://ada:hunter2secret@127.0.0.1:1/0';
const a = new NodeProcess('a', `${home.path}/a`, ['--failure-timeout', '1s', '--on-heal', 'session:=lww,=manual']);
const b = new NodeProcess('b', `${home.path}/b`, ['--failure-timeout', '1s', '--engine', engine]);

inOneCluster(home, a);

/** All that is in an archive: by tar itself, which is to find it sound. */
function unpacked(file: string): Map<string, string> {
  const into = `${file}.d`;
  mkdirSync(into);
  execFileSync('tar', ['-xzf', file, '-C', into]);
  const names = readdirSync(into, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return new Map(
    names.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(into.length + 1), readFileSync(path, 'utf8')];
    }),
  );
}

test('a bundle has what a maintainer asks for, and no value, no password and no key of anybody', async () => {
  await set(a, 'plantedkey:1', 'planted value');
  await done('entry', 'get', 'plantedkey:1', '--node', a.address);
  await mneme(['split-brain', 'undo', 'plantedkey:2', '--yes', '--node', a.address]);
  await b.start(a.address).catch(() => {});
  const file = `${home.path}/bundle.tar.gz`;
  const printed = await done('support-bundle', '--out', file, '--node', a.address);
  expect(printed).toContain(`${file} is written`);
  const files = unpacked(file);
  expect([...files.keys()]).toEqual(
    expect.arrayContaining(
      ['about.json', 'doctor.json', 'a/status.json', 'a/machine.json', 'a/metrics.txt', 'a/incidents.json'].map(
        (name) => `mneme-support/${name}`,
      ),
    ),
  );
  const all = [...files.values()].join('\n');
  for (const planted of ['plantedkey', 'planted value', 'hunter2secret', 'session:'])
    expect(all).not.toContain(planted);
  expect(gunzipSync(readFileSync(file)).toString('latin1')).not.toMatch(/plantedkey|planted value|hunter2secret/);
  expect(files.get('mneme-support/a/metrics.txt')).toMatch(/^mneme_\w+\{?.* \d/m);
  expect(files.get('mneme-support/a/events.ndjson')).toMatch(/"kind":"start"/);
  expect(JSON.parse(files.get('mneme-support/a/machine.json') ?? '')).toMatchObject({
    options: { name: 'a', redis: null },
    files: expect.arrayContaining([expect.objectContaining({ name: 'reserve' })]),
  });
}, 60_000);

test('with --keys it has keys where something is about them, and never a value', async () => {
  const file = `${home.path}/keys.tar.gz`;
  await done('support-bundle', '--keys', '--out', file, '--node', a.address);
  const all = [...unpacked(file).values()].join('\n');
  expect(all).toContain('session:=lww');
  expect(all).not.toMatch(/planted value|hunter2secret/);
  await until('b has ended', async () => (await b.kill()) !== undefined);
}, 60_000);
