import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { AdminErrorJson } from '../../src/admin/api.js';
import { mneme, NodeProcess, statusOf, temporaryDirectory, until, untilInSync } from './processes.js';

const directory = temporaryDirectory();
const [a, b, c] = ['qa', 'qb', 'qc'].map(
  (name) => new NodeProcess(name, `${directory.path}/${name}`, ['--failure-timeout', '500ms']),
) as [NodeProcess, NodeProcess, NodeProcess];

async function failureOf(...args: string[]): Promise<AdminErrorJson & { exit: number }> {
  const { code, stdout } = await mneme([...args, '--node', a.address, '--json']);
  return { exit: code, ...(JSON.parse(stdout) as { error: AdminErrorJson }).error };
}

beforeAll(async () => {
  await a.start();
  await b.start(a.address);
  await c.start(a.address);
  await untilInSync(a, b, c);
  await mneme(['cluster', 'settings', 'partition-mode', 'majority', '--node', a.address]);
  await Promise.all([b.kill(), c.kill()]);
  await until('a has no quorum', async () => (await statusOf(a.address)).self.state === 'no-quorum');
}, 90_000);

afterAll(async () => {
  await Promise.all([a, b, c].map((one) => one.kill()));
  directory.remove();
});

test('a minority neither forgets its way to a quorum nor changes the rules that ask for one', async () => {
  for (const args of [
    ['cluster', 'forget', 'qb', '--yes'],
    ['cluster', 'settings', 'partition-mode', 'available'],
    ['cluster', 'settings', 'failure-timeout', '1s'],
  ]) {
    const failure = await failureOf(...args);
    expect(failure).toMatchObject({ exit: 6, code: 'no-quorum', hint: expect.stringContaining('--force') });
    expect(failure.message).toMatch(/more than half of the 3 members .* sees 1 of them/);
  }
  const { members, settings } = await statusOf(a.address);
  expect([members.length, settings['partition-mode']]).toEqual([3, 'majority']);
}, 60_000);

test('with --force it does, once the id of the cluster was typed, which is needed without a terminal as a value', async () => {
  const forget = ['cluster', 'forget', 'qb', '--yes', '--force'];
  expect(await failureOf(...forget)).toMatchObject({ exit: 2, code: 'usage', hint: 'add --cluster ID' });
  expect(await failureOf(...forget, '--cluster', 'another')).toMatchObject({ exit: 6, code: 'no-quorum' });
  const { clusterId } = await statusOf(a.address);
  const done = await mneme([...forget, '--cluster', clusterId, '--node', a.address]);
  expect(done).toMatchObject({ code: 0, stderr: expect.stringContaining('qa sees 1 of 3 members') });
  expect((await statusOf(a.address)).members).toHaveLength(2);
}, 60_000);
