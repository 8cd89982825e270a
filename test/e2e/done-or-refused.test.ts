import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type * as shapes from '../../src/cli/shapes/cluster.js';
import type { Of } from '../../src/cli/shapes/shape.js';
import {
  mneme,
  mnemeJson,
  NodeProcess,
  type Ran,
  statusOf,
  temporaryDirectory,
  until,
  untilInSync,
} from './processes.js';

/** What was asked for is done or refused, on real nodes. */
const home = temporaryDirectory();
const a = new NodeProcess('a', join(home.path, 'a'), ['--on-heal', 'manual']);
const c = new NodeProcess('c', join(home.path, 'c'), []);

beforeAll(async () => {
  await a.start();
  await mneme(['cluster', 'settings', 'failure-timeout', '1s', '--node', a.address]);
  await c.start(a.address);
  await untilInSync(a, c);
}, 60_000);

afterAll(async () => {
  await Promise.all([a.kill(), c.kill()]);
  home.remove();
});

test('a join does not take settings of the cluster: it says how to change them, and that works', async () => {
  const place = ['--name', 'x', '--dir', join(home.path, 'x'), '--listen', '127.0.0.1:0'];
  for (const [flag, value] of [
    ['on-heal', 'merge'],
    ['failure-timeout', '1500ms'],
  ] as const) {
    const refused = await mneme(['cluster', 'join', a.address, ...place, `--${flag}`, value]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`--${flag} is for the node that founds a cluster`);
    await paste(refused);
  }
  expect((await statusOf(a.address)).settings).toMatchObject({ 'on-heal': 'merge', 'failure-timeout': 1500 });
});

test('a start in the background that comes back to other settings than it founded the cluster with says so', async () => {
  await mneme(['cluster', 'settings', 'on-heal', 'promote-oldest', '--node', a.address]);
  await a.kill('SIGTERM');
  const [dir, listen] = [a.dir, a.address];
  const start = ['cluster', 'start', '--dir', dir, '--listen', listen, '--on-heal', 'manual', '--detach'];
  const started = await mneme(start);
  expect(started.stdout).toContain('on-heal is promote-oldest in this cluster');
  expect(started.stdout).toContain(`mneme cluster settings on-heal manual --node ${listen}`);
  await mneme(['cluster', 'stop', '--node', listen]);
  const again = await mnemeJson<Of<typeof shapes.startedNode>>(start);
  expect(again.settingsKept).toEqual([{ key: 'on-heal', asked: 'manual', value: 'promote-oldest' }]);
  await mneme(['cluster', 'stop', '--node', listen]);
  const other = await mneme([...start.slice(0, -2), 'merge', '--detach']);
  expect(other.code).toBe(2);
  expect(other.stderr).toContain(
    '--on-heal is for the start that founds a cluster: a comes back to the one that it has',
  );
  await a.start();
  await untilInSync(a, c);
});

test('a name that is taken by what ran here before is made free by what is told next', async () => {
  const listen = c.address;
  await c.kill();
  const anew = new NodeProcess('c', join(home.path, 'c anew'));
  const join2 = ['cluster', 'join', a.address, '--name', 'c', '--dir', anew.dir, '--listen', listen];
  const refused = await mneme(join2);
  expect(refused.code).toBe(6);
  expect(refused.stderr).toContain(`The name c is taken by the member at ${listen}: that is this node's own address`);
  await untilDown('c');
  await paste(refused, ' --yes');
  await anew.start(a.address, listen);
  await untilInSync(a, anew);
  await anew.kill('SIGTERM');
});

test('--force is not ignored: for another cluster, or with nothing to be changed, it is refused', async () => {
  const node = ['--node', a.address];
  const reads = await mneme(['cluster', 'settings', 'on-heal', '--force', ...node]);
  expect(reads).toMatchObject({ code: 2, stderr: expect.stringContaining('--force goes with a change') });
  await untilDown('c');
  const before = (await statusOf(a.address)).settings;
  const wrong = ['--force', '--cluster', 'abcdef', ...node];
  const set = await mneme(['cluster', 'settings', 'on-heal', 'merge', ...wrong]);
  expect(set).toMatchObject({ code: 6, stderr: expect.stringContaining('not in abcdef; nothing was changed') });
  const forget = await mneme(['cluster', 'forget', 'c', '--yes', ...wrong]);
  expect(forget).toMatchObject({ code: 6, stderr: expect.stringContaining('not in abcdef') });
  expect((await statusOf(a.address)).settings).toEqual(before);
});

// ---

/** Types what stands after `next:`. */
async function paste({ stderr }: Ran, more = ''): Promise<void> {
  const [, command = ''] = /^next: +mneme (.*)$/m.exec(stderr) ?? [];
  const { code, stderr: said } = await mneme(`${command}${more}`.split(' '));
  expect({ code, said }).toMatchObject({ code: 0 });
}

function untilDown(wanted: string): Promise<void> {
  return until(`${wanted} counts as down`, async () => {
    return (await statusOf(a.address)).members.some(({ name, link }) => name === wanted && link === 'down');
  });
}
