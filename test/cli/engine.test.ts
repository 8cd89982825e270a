import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { EngineView } from '../../src/admin/protocol/api.js';
import { argumentsOf, nodePlanOf } from '../../src/cli/node-plan.js';
import ClusterStatus from '../../src/commands/cluster/status.js';
import EngineConfirmLoss from '../../src/commands/engine/confirm-loss.js';
import EngineRestore from '../../src/commands/engine/restore.js';
import EngineStatus from '../../src/commands/engine/status.js';
import { OperatorError } from '../../src/core/model/errors.js';
import { parseTarget } from '../../src/engines/redis/target.js';
import { writeFormerStart } from '../../src/operations/cluster/former-start.js';
import { type FakeCluster, startCluster } from './fake-cluster.js';
import { ATTACHED, HELD } from './fixtures.js';
import { runCommand } from './run-command.js';

let cluster: FakeCluster;
let node: string[];
let engine: EngineView;
let settled = 15;
beforeEach(async () => {
  cluster = await startCluster({ a: { b: 'in-sync' }, b: { a: 'in-sync' } });
  node = ['--node', cluster.at('a')];
  engine = HELD;
  settled = 15;
  const { node: fake, status } = cluster.member('a');
  fake.handlers.ENGINE = ({ action }) => ({
    name: 'a',
    replica: status.self.replica,
    engine,
    keys: action === 'status' ? 0 : settled,
  });
  const ofStatus = fake.handlers.STATUS!;
  fake.handlers.STATUS = (request) => {
    const reply = ofStatus(request);
    return { ...reply, self: { ...status.self, engine } };
  };
});
afterEach(() => cluster.stop());

describe('a Redis that lost data', () => {
  test('is what cluster status and engine status say first, with exit code 3', async () => {
    const ofCluster = await runCommand(ClusterStatus, node);
    expect(ofCluster.exitCode).toBe(3);
    expect(ofCluster.stdout).toContain('REDIS LOST DATA at a: 12 of 500 keys missing, 3 different');
    const ofEngine = await runCommand(EngineStatus, node);
    expect([ofEngine.exitCode, ofEngine.stdout.startsWith('REDIS LOST DATA: 12 of 500 keys are missing')]).toEqual([
      3,
      true,
    ]);
    expect(ofEngine.stdout).toContain('next: mneme engine restore');
  });

  test('is not claimed where no key is missing: the application may have written what differs', async () => {
    engine = { ...HELD, held: { ...HELD.held, missing: 0 } };
    const ofCluster = await runCommand(ClusterStatus, node);
    expect(ofCluster.stdout).toContain('REDIS MAY HAVE LOST DATA at a: 0 of 500 keys missing, 3 different');
    const { stdout } = await runCommand(EngineStatus, node);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'REDIS MAY HAVE LOST DATA: 3 of 500 keys are different, 1 is only there: older, if it lost data, or written since',
    );
    expect(stdout).toContain('next: mneme engine confirm-loss');
  });

  test.each([
    [EngineRestore, 'restore', '1 key that only Redis has is deleted there: the application may have written'],
    [EngineConfirmLoss, 'confirm-loss', '2 keys that Redis evicted, or the application deleted, are deleted on all'],
  ] as const)('is settled once the plan was shown and it was said: %p', async (command, action, what) => {
    const actions = () =>
      cluster
        .member('a')
        .node.callsOf('ENGINE')
        .map((call) => (call as { action: string }).action);
    const asked = await runCommand(command, node);
    expect([asked.exitCode, actions()]).toEqual([5, ['status']]);
    expect(asked.stderr).toContain('12 of 500 keys are missing');
    expect(asked.stderr).toContain('"key" (only there), and 17 more');
    expect(asked.stderr.replaceAll(/\s+/g, ' ')).toContain(what);
    const done = await runCommand(command, ['--yes', '--json', ...node]);
    expect([done.exitCode, done.json.keys, actions().at(-1)]).toEqual([0, 15, action]);
  });

  test('of one key is told of in the singular', async () => {
    settled = 1;
    expect((await runCommand(EngineRestore, ['--yes', ...node])).stdout).toBe('done: 1 key is written back to Redis\n');
    expect((await runCommand(EngineConfirmLoss, ['--yes', ...node])).stdout).toBe(
      'done: 1 key is taken as Redis has it\n',
    );
  });

  test('that has not is refused with exit code 6', async () => {
    engine = ATTACHED;
    expect((await runCommand(EngineRestore, ['--yes', ...node])).exitCode).toBe(6);
    expect((await runCommand(EngineStatus, node)).exitCode).toBe(0);
    expect((await runCommand(ClusterStatus, node)).exitCode).toBe(0);
  });

  test('or cannot be reached is said by cluster status', async () => {
    engine = { ...ATTACHED, state: 'connecting', problem: 'connect ECONNREFUSED 127.0.0.1:6379' };
    const { exitCode, stdout } = await runCommand(ClusterStatus, node);
    expect([exitCode, stdout.includes('ECONNREFUSED')]).toEqual([3, true]);
  });
});

describe('what cluster status and engine status say of a Redis', () => {
  const says = async (): Promise<string[]> => {
    const replies = [await runCommand(ClusterStatus, node), await runCommand(EngineStatus, node)];
    expect(replies.map(({ exitCode }) => exitCode)).toEqual([3, 3]);
    return replies.map(({ stdout }) => stdout.replaceAll('\n', ' '));
  };

  test('is what it is, and its version', async () => {
    engine = ATTACHED;
    expect((await runCommand(ClusterStatus, node)).stdout).toContain('a is beside Valkey 8.0.1 at redis://127.0.0.1');
    expect((await runCommand(EngineStatus, node)).stdout).toContain('Valkey 8.0.1 at redis://127.0.0.1:6379/0');
  });

  test('is which masters of a Redis Cluster lost data', async () => {
    engine = {
      ...HELD,
      held: { ...HELD.held, shares: [{ server: '127.0.0.1:7001', missing: 12, different: 3, added: 0 }] },
    };
    for (const text of await says()) expect(text).toContain('its masters 127.0.0.1:7001 (12 missing, 3 different)');
  });

  test('is what keeps keys waiting, and what to do', async () => {
    engine = {
      ...ATTACHED,
      obstacles: [{ keys: 3, text: 'slot 7: 3 keys wait', next: 'redis-cli --cluster fix h:1' }],
    };
    for (const text of await says()) expect(text).toMatch(/slot 7: 3 keys wait.*next: redis-cli --cluster fix h:1/);
  });
});

describe('the address of a Redis', () => {
  test.each([
    ['redis://h', undefined, { host: 'h', port: 6379, tls: false, database: 0, username: '', password: '' }],
    ['rediss://u:p%40ss@h:1/7', '*', { port: 1, tls: true, database: 7, username: 'u', password: 'p@ss' }],
    ['redis://[::1]:7000', 'session:*', { host: '::1', prefix: Buffer.from('session:') }],
    [
      'rediss+cluster://u:p%40ss:@a:1,b',
      undefined,
      {
        ...{ kind: 'cluster', tls: true, username: 'u', password: 'p@ss:', database: 0 },
        seeds: [
          { host: 'a', port: 1 },
          { host: 'b', port: 6379 },
        ],
      },
    ],
    [
      'redis+sentinel://a,[::1]:2/main/3',
      undefined,
      {
        ...{ kind: 'sentinel', masterName: 'main', database: 3 },
        seeds: [
          { host: 'a', port: 26379 },
          { host: '::1', port: 2 },
        ],
      },
    ],
    [
      'redis+cluster://a?nat=10.0.0.1:7001=b:1,[::2]:7002=c',
      undefined,
      {
        nat: new Map([
          ['10.0.0.1:7001', { host: 'b', port: 1 }],
          ['[::2]:7002', { host: 'c', port: 6379 }],
        ]),
      },
    ],
  ])('%s with the keys %s', (url, keys, target) => {
    expect(parseTarget(url, keys)).toMatchObject(target);
    expect(parseTarget(url, keys).label).not.toContain('p%40ss');
  });

  test.each([
    ['http://h', undefined],
    ['redis://', undefined],
    ['redis://h/16', undefined],
    ['redis://h/x', undefined],
    ['redis://a,b', undefined],
    ['redis+cluster://a/1', undefined],
    ['redis+sentinel://a', undefined],
    ['redis+other://a', undefined],
    ['redis://h?nat=a:1=b:1', undefined],
    ['redis+cluster://h?nat=a:1', undefined],
    ['redis+cluster://h?other=a:1=b:1', undefined],
    ['redis://h', 'a*b'],
    ['redis://h', '*:session'],
    ['redis://h', 'session:'],
  ])('%s with the keys %s is no use', (url, keys) => {
    expect(() => parseTarget(url, keys)).toThrow(OperatorError);
  });
});

test('a node comes back beside the Redis that it was started with, whose password is for its owner alone', () => {
  const dir = mkdtempSync(join(tmpdir(), 'mneme-engine-'));
  try {
    const start = { name: 'a', listen: '127.0.0.1:7400', fsync: 'grouped' } as const;
    writeFormerStart(dir, { ...start, engine: 'redis://u:secret@h:1', keys: 's*' });
    const plan = nodePlanOf({ dir, 'memory-only': false, 'allow-drills': false });
    expect(plan).toMatchObject({ engine: 'redis://u:secret@h:1', keys: 's*' });
    expect(argumentsOf(plan)).toEqual(expect.arrayContaining(['--engine', 'redis://u:secret@h:1', '--keys', 's*']));
    expect(statSync(join(dir, 'node.json')).mode & 0o077).toBe(0);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
