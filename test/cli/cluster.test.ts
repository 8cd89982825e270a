import { afterEach, describe, expect, test } from '@jest/globals';
import { nodeStartedView } from '../../src/cli/views/node-started.js';
import ClusterForget from '../../src/commands/cluster/forget.js';
import ClusterLeave from '../../src/commands/cluster/leave.js';
import ClusterSettings from '../../src/commands/cluster/settings.js';
import ClusterStatus from '../../src/commands/cluster/status.js';
import ClusterStop from '../../src/commands/cluster/stop.js';
import { type FakeCluster, startCluster } from './fake-cluster.js';
import { incident, replicaId, SETTINGS } from './fixtures.js';
import { runCommand } from './run-command.js';

let cluster: FakeCluster | undefined;
afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
});

const IN_SYNC = { a: { b: 'in-sync' }, b: { a: 'in-sync' } } as const;
const SPLIT = { a: { b: 'held' }, b: { a: 'held' } } as const;

describe('cluster status', () => {
  test('asks every member, and ends with 0 when all is in sync', async () => {
    cluster = await startCluster(IN_SYNC);
    const { stdout, stderr, exitCode } = await runCommand(ClusterStatus, ['--node', cluster.at('a')]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('In sync: all 2 members');
    expect(stderr).toBe('');
    expect(cluster.member('b').node.callsOf('STATUS')).toHaveLength(1);
  });

  test.each([[], ['--json']])('ends with 3 in a split-brain %s', async (...flags) => {
    const islands = [
      { members: ['a'], replicas: [], writes: 1 },
      { members: ['b'], replicas: [], writes: 2 },
    ];
    cluster = await startCluster(SPLIT, { incidents: [incident({ islands })] });
    const { stdout, exitCode } = await runCommand(ClusterStatus, ['--node', cluster.at('a'), ...flags]);
    expect(exitCode).toBe(3);
    expect(stdout).toContain('SPLIT-BRAIN since');
  });

  test('tells a member that hears nobody from one that is dead', async () => {
    cluster = await startCluster({ a: { b: 'down' }, b: { a: 'down' } });
    const parted = await runCommand(ClusterStatus, ['--node', cluster.at('a'), '--json']);
    expect([parted.json.state, parted.exitCode]).toEqual(['partition', 3]);
    await cluster.member('b').node.stop();
    const dead = await runCommand(ClusterStatus, ['--node', cluster.at('a'), '--json']);
    expect([dead.json.state, dead.exitCode]).toEqual(['node-down', 3]);
    expect(dead.json.members[1].answers).toBe(false);
  });

  test('names what is wrong at a member in the headline, lists the rest, and ends with 3', async () => {
    const wrong = (kind: string, text: string, next: string | null) => ({ kind, subject: '', text, next, sinceMs: 0 });
    const problems = [
      wrong('read-only', 'the disk is full', 'df -h'),
      wrong('clock', 'a row is from the year 2311', null),
    ];
    cluster = await startCluster({ a: {} }, { problems });
    const { stdout, exitCode } = await runCommand(ClusterStatus, ['--node', cluster.at('a')]);
    expect(exitCode).toBe(3);
    expect(stdout).toContain('PROBLEM at a: the disk is full\nnext: df -h');
    expect(stdout).toMatch(/problem at a for [^:]*: a row is from the year 2311/);
  });

  test('a minority is told that it cannot forget before it reads what that would do', async () => {
    cluster = await startCluster({ a: { b: 'down', c: 'down' } });
    const { self } = cluster.member('a').status;
    self.state = 'no-quorum';
    const { default: Forget } = await import('../../src/commands/cluster/forget.js');
    const { stderr, exitCode } = await runCommand(Forget, ['b', '--yes', '--node', cluster.at('a')]);
    expect(exitCode).toBe(6);
    expect(stderr).toContain('more than half of the 3 members');
    expect(stderr).not.toContain('struck off');
    const status = await runCommand(ClusterStatus, ['--node', cluster.at('a')]);
    expect(status.stdout.replaceAll(/\s+/g, ' ')).toContain('mneme cluster forget b --force');
    const started = {
      ...{ name: 'a', replica: 'aa', address: 'a:1', clusterId: 'x', pid: 1, version: '1', nodeVersion: 'v20' },
      ...{ dir: null, logFile: null, detached: true, members: [], missing: [], founded: false },
      ...{ redis: null, settingsKept: [], maxMemory: 0, eviction: 'noeviction' as const },
    };
    const page = { width: 80, color: false };
    expect(nodeStartedView({ ...started, state: 'no-quorum' }, page)).toContain('writes:  refused: no majority');
    expect(nodeStartedView({ ...started, state: 'serving' }, page)).not.toContain('writes:');
  });

  test('says at the start that a Redis beside the node is not attached, and why', () => {
    const started = {
      ...{ name: 'a', replica: 'aa', address: 'a:1', clusterId: 'x', pid: 1, version: '1', nodeVersion: 'v20' },
      ...{ dir: null, logFile: null, detached: true, members: [], missing: [], founded: false },
      ...{ settingsKept: [], maxMemory: 0, eviction: 'noeviction' as const, state: 'serving' as const },
    };
    const redis = { redis: 'redis://127.0.0.1:6379/0', state: 'connecting' as const, problem: 'nobody listens there' };
    const page = { width: 80, color: false };
    const text = nodeStartedView({ ...started, redis }, page);
    expect(text).toContain('redis:   not attached to redis://127.0.0.1:6379/0 yet: nobody listens there\n');
    expect(text).toContain('mneme engine status --node a:1');
    const attached = { ...redis, state: 'attached' as const, problem: null };
    expect(nodeStartedView({ ...started, redis: attached }, page)).toContain('redis:   redis://127.0.0.1:6379/0\n');
  });

  test('says at whom the same is wrong, where it is so at several', async () => {
    const wrong = (kind: string, text: string) => ({ kind, subject: '', text, next: null, sinceMs: 0 });
    const problems = [wrong('discovery', 'dns:x finds nobody'), wrong('clock', 'the clock was stepped')];
    cluster = await startCluster(IN_SYNC, { problems });
    const { stdout } = await runCommand(ClusterStatus, ['--node', cluster.at('a')]);
    const [names] = /(?<=PROBLEM at ).*(?=: dns:x finds nobody)/.exec(stdout) ?? [];
    expect(names).toMatch(/^a(, \w)* and \w$/);
    expect(stdout.match(/dns:x finds nobody/g)).toHaveLength(1);
    expect(stdout.match(/problem at .*: the clock was stepped/g)).toEqual([
      expect.stringContaining(`problem at ${names} for`),
    ]);
  });

  test('gives JSON of a stable shape', async () => {
    cluster = await startCluster(IN_SYNC);
    const { json } = await runCommand(ClusterStatus, ['--node', cluster.at('a'), '--json']);
    expect(Object.keys(json).sort()).toEqual(
      `asked clusterId commonVersion drills engines headline healthy incidents islands limits members memory next note notes nowMs onHeal problems sights sightsDiffer state`.split(
        ' ',
      ),
    );
    expect(Object.keys(json.members[0]).sort()).toEqual(
      `address answers clockSkewMs entries island joinProgress lagWrites lastHeardMs memoryOnly name nodeVersion replica state stateAgeMs version`.split(
        ' ',
      ),
    );
    expect(Object.keys(json.sights[0])).toEqual(['from', 'to', 'state', 'ageMs', 'drillCut']);
  });
});

describe('a node that does not answer', () => {
  test('is exit code 4 with the address on stderr and nothing on stdout', async () => {
    const { stdout, stderr, exitCode } = await runCommand(ClusterStatus, ['--node', '127.0.0.1:1']);
    expect([stdout, exitCode]).toEqual(['', 4]);
    expect(stderr).toContain('no node answers at 127.0.0.1:1 (connection refused)');
  });
  test('is exit code 4 with --json too, as an error without inner fields', async () => {
    const { json, exitCode } = await runCommand(ClusterStatus, ['--node', '127.0.0.1:1', '--json']);
    expect(exitCode).toBe(4);
    expect(Object.keys(json)).toEqual(['error']);
    expect(Object.keys(json.error)).toEqual(['code', 'message', 'next', 'note', 'exitCode']);
    expect(json.error).toMatchObject({ code: 'not-reachable', exitCode: 4 });
  });
});

describe('wrong usage', () => {
  test.each([
    ['an unknown flag', ['--nope']],
    ['too many arguments', ['x']],
    ['an address that is none', ['--node', 'host:port:7']],
  ])('%s is exit code 2 in text and in JSON', async (_what, argv) => {
    expect((await runCommand(ClusterStatus, argv)).exitCode).toBe(2);
    const { exitCode, json } = await runCommand(ClusterStatus, [...argv, '--json']);
    expect([exitCode, json.error.code, json.error.exitCode]).toEqual([2, 'usage', 2]);
  });
});

describe('taking members out', () => {
  test('forget shows the plan and asks; no is exit code 5 and nothing happens', async () => {
    cluster = await startCluster({ a: { b: 'down' }, b: { a: 'down' } });
    const asked: string[] = [];
    const confirm = async (question: string) => {
      asked.push(question);
      return false;
    };
    const { exitCode, stderr } = await runCommand(ClusterForget, ['b', '--node', cluster.at('a')], { confirm });
    expect([exitCode, asked]).toEqual([5, ['Forget b for good?']]);
    expect(stderr).toContain('Forget b at');
    expect(cluster.member('a').node.callsOf('FORGET')).toEqual([]);
  });

  test('forget without a terminal needs --yes, and says so with exit code 5', async () => {
    cluster = await startCluster({ a: { b: 'down' }, b: { a: 'down' } });
    const refused = await runCommand(ClusterForget, ['b', '--node', cluster.at('a')]);
    expect(refused.exitCode).toBe(5);
    expect(refused.stderr).toContain('--yes');
    const done = await runCommand(ClusterForget, ['b', '--yes', '--node', cluster.at('a'), '--json']);
    expect([done.exitCode, done.json.node.name]).toEqual([0, 'b']);
    expect(cluster.member('a').node.callsOf('FORGET')).toEqual([{ node: 'b' }]);
  });

  test('forget refuses the asked node itself and members that there are not', async () => {
    cluster = await startCluster(IN_SYNC);
    const self = await runCommand(ClusterForget, ['a', '--yes', '--node', cluster.at('a'), '--json']);
    expect([self.exitCode, self.json.error.code]).toEqual([6, 'refused']);
    const unknown = await runCommand(ClusterForget, ['z', '--yes', '--node', cluster.at('a'), '--json']);
    expect([unknown.exitCode, unknown.json.error.code]).toEqual([7, 'unknown-node']);
  });

  test('forget of a member that runs is refused before anybody is asked', async () => {
    cluster = await startCluster(IN_SYNC);
    const confirm = () => Promise.reject(new Error('asked'));
    const { exitCode, stderr } = await runCommand(ClusterForget, ['b', '--node', cluster.at('a')], { confirm });
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 6,
      stderr: expect.stringContaining('b is alive (in-sync)'),
    });
    expect(stderr).toContain(`next:  mneme cluster leave --node ${cluster.at('b')}`);
    expect(cluster.member('a').node.callsOf('FORGET')).toEqual([]);
  });

  test('leave and stop say what was done', async () => {
    cluster = await startCluster(IN_SYNC);
    const left = await runCommand(ClusterLeave, ['--yes', '--node', cluster.at('b')]);
    expect([left.exitCode, left.stdout]).toEqual([0, 'done: b has left\n']);
    const stopped = await runCommand(ClusterStop, ['--node', cluster.at('a'), '--json']);
    expect(stopped.json).toEqual({
      message: 'a is stopping',
      node: { name: 'a', replica: replicaId('a') },
      address: cluster.at('a'),
      stopped: true,
    });
  });
});

describe('cluster settings', () => {
  test('shows all, prints one bare, and turns durations into milliseconds', async () => {
    cluster = await startCluster(IN_SYNC);
    const { node } = cluster.member('a');
    node.handlers.SET = ({ key, value }) => ({ ...SETTINGS, [key]: Number(value) });
    expect((await runCommand(ClusterSettings, ['--node', node.address])).stdout).toContain('on-heal');
    expect((await runCommand(ClusterSettings, ['on-heal', '--node', node.address])).stdout).toBe('manual\n');
    await runCommand(ClusterSettings, ['failure-timeout', '3s', '--node', node.address]);
    expect(node.callsOf('SET')).toEqual([{ key: 'failure-timeout', value: '3000' }]);
  });
  test('names the settings when asked for one that is not', async () => {
    cluster = await startCluster(IN_SYNC);
    const { exitCode, stderr } = await runCommand(ClusterSettings, ['on-fire', '--node', cluster.at('a')]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('partition-mode');
  });
});
