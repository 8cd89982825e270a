import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withClient } from '../../src/admin/client/client.js';
import type { ProblemView } from '../../src/admin/protocol/api.js';
import type { Failure } from '../../src/cli/failure.js';
import { adviceOf } from '../../src/hints/advice.js';
import { mneme, NodeProcess, statusOf, temporaryDirectory, until, untilInSync } from './processes.js';

const directory = temporaryDirectory();
const [a, b, c] = ['qa', 'qb', 'qc'].map(
  (name) => new NodeProcess(name, `${directory.path}/${name}`, ['--failure-timeout', '500ms']),
) as [NodeProcess, NodeProcess, NodeProcess];

async function failureOf(...args: string[]): Promise<Failure & { exit: number; hint: string | null }> {
  const { code, stdout } = await mneme([...args, '--node', a.address, '--json']);
  const { error } = JSON.parse(stdout) as { error: Failure };
  return { exit: code, ...error, hint: adviceOf(error) };
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
    expect(failure).toMatchObject({ exit: 6, code: 'no-quorum', note: expect.stringContaining('--force') });
    expect(failure.message).toMatch(/more than half of the 3 members .* sees 1 of them/);
  }
  const { members, settings } = await statusOf(a.address);
  expect([members.length, settings['partition-mode']]).toEqual([3, 'majority']);
}, 60_000);

test('a minority lets nobody in, and who would join is told so', async () => {
  const { code, stderr } = await mneme(['cluster', 'join', a.address, '--name', 'qx', '--memory-only']);
  expect({ code, stderr }).toEqual({
    code: 6,
    stderr: expect.stringContaining('qa sees 1 of 3 members, and lets nobody in'),
  });
}, 60_000);

test('with --force it does, once the id of the cluster was typed, which is needed without a terminal as a value', async () => {
  const forget = ['cluster', 'forget', 'qb', '--yes', '--force'];
  expect(await failureOf(...forget)).toMatchObject({
    exit: 5,
    code: 'no-terminal',
    note: expect.stringContaining('add --cluster ID'),
  });
  expect(await failureOf(...forget, '--cluster', 'another')).toMatchObject({ exit: 6, code: 'wrong-cluster' });
  const { clusterId } = await statusOf(a.address);
  const done = await mneme([...forget, '--cluster', clusterId, '--node', a.address]);
  expect(done).toMatchObject({ code: 0, stderr: expect.stringContaining('qa sees 1 of 3 members') });
  expect((await statusOf(a.address)).members).toHaveLength(2);
}, 60_000);

describe('after the heal of a cut in which the minority was forced to forget', () => {
  const [d, e, f] = ['qd', 'qe', 'qf'].map(
    (name) => new NodeProcess(name, `${directory.path}/${name}`, ['--failure-timeout', '500ms', '--allow-drills']),
  ) as [NodeProcess, NodeProcess, NodeProcess];

  async function done(...args: string[]): Promise<void> {
    const { code, stdout, stderr } = await mneme(args);
    if (code !== 0) throw new Error(`mneme ${args.join(' ')} ended with ${code}: ${stdout}${stderr}`);
  }

  async function cutAndForget(...names: string[]): Promise<void> {
    await done('drill', 'partition', 'qd', '--node', d.address);
    await until('qd has no quorum', async () => (await statusOf(d.address)).self.state === 'no-quorum');
    const { clusterId } = await statusOf(d.address);
    for (const name of names)
      await done('cluster', 'forget', name, '--yes', '--force', '--cluster', clusterId, '--node', d.address);
  }

  async function heal(): Promise<void> {
    for (const { address } of [d, e, f]) await withClient(address, (client) => client.call('DRILL', { heal: true }));
  }

  const problemsAt = async ({ address }: NodeProcess): Promise<ProblemView[]> =>
    (await statusOf(address)).problems ?? [];

  beforeAll(async () => {
    await d.start();
    await e.start(d.address);
    await f.start(d.address);
    await untilInSync(d, e, f);
    await done('cluster', 'settings', 'partition-mode', 'majority', '--node', d.address);
  }, 90_000);

  afterAll(() => Promise.all([d, e, f].map((one) => one.kill())));

  test('one of the majority, all are members again, and what the majority wrote is everywhere', async () => {
    await cutAndForget('qe');
    await done('entry', 'set', 'k', 'majority', '--node', e.address);
    await heal();
    await untilInSync(d, e, f);
    await until('qd has it', async () => (await mneme(['entry', 'get', 'k', '--node', d.address])).code === 0);
    expect([...e.logText.matchAll(/forgotten by the cluster/g)]).toEqual([]);
  }, 60_000);

  test('all of the majority, that goes on, status says what to do on both sides, and that does it', async () => {
    await cutAndForget('qe', 'qf');
    await done('entry', 'set', 'alone', 'minority', '--node', d.address);
    await heal();
    await until(
      'both sides say so',
      async () => (await problemsAt(d)).length === 2 && (await problemsAt(e)).length === 1,
    );
    const [problem] = await problemsAt(e);
    expect(problem!.text).toBe('qd has forgotten qe without a majority: those who hold one go on without qd');
    expect(problem!.next).toContain(`mneme cluster join ${e.address} --set-aside-data`);
    const shown = await mneme(['cluster', 'status', '--node', d.address]);
    expect(shown).toMatchObject({ code: 3, stdout: expect.stringContaining('qe was forgotten here') });
    expect((await statusOf(f.address)).self.state).toBe('serving');
    await done('cluster', 'forget', 'qd', '--yes', '--node', e.address);
    await done('cluster', 'stop', '--node', d.address);
    await d.exited;
    const again = new NodeProcess('qd', d.dir, ['--set-aside-data']);
    try {
      await again.start(e.address, d.address);
      await untilInSync(again, e, f);
      expect((await mneme(['entry', 'get', 'alone', '--node', again.address])).code).toBe(7);
      expect([...(await problemsAt(e)), ...(await problemsAt(f))]).toEqual([]);
    } finally {
      await again.kill();
    }
  }, 60_000);
});
