import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import ClusterStatus from '../../src/commands/cluster/status.js';
import ReplicaCompare from '../../src/commands/replica/compare.js';
import ReplicaInspect from '../../src/commands/replica/inspect.js';
import ReplicaList from '../../src/commands/replica/list.js';
import ReplicaVerify from '../../src/commands/replica/verify.js';
import { replicaVerify, type Verification } from '../../src/operations/replica/verify.js';
import { type FakeCluster, hold, startCluster } from './fake-cluster.js';
import { base64, entry, incident, NOW_MS, origin } from './fixtures.js';
import { runCommand } from './run-command.js';

let cluster: FakeCluster;
let node: string[];
beforeEach(async () => {
  cluster = await startCluster({ a: { b: 'in-sync' }, b: { a: 'in-sync' } });
  node = ['--node', cluster.at('a')];
});
afterEach(() => cluster.stop());

const seen = (seq: number) => ({ [origin('a')]: seq });
const expectOneDigest = ({ state, replicas }: Verification) => {
  expect([state, new Set(replicas.map(({ digest }) => digest)).size]).toEqual(['same', 1]);
};
const verify = () => replicaVerify(cluster.at('a'), { pauseMs: 1 });

describe('replica verify', () => {
  test('a value that one replica evicted is no difference, nor a stub that another has let go of', async () => {
    const [kept, gone] = [entry('k', 'v', 'a', { seq: 1 }), entry('g', 'v', 'a', { seq: 2 })];
    const stubOf = (whole: typeof kept) =>
      ({ ...whole, evicted: true, valueBytes: 0, valueHash: 0, previewBase64: null }) as const;
    hold(cluster.member('a'), [kept], seen(2));
    hold(cluster.member('b'), [stubOf(kept), stubOf(gone)], seen(2));
    expectOneDigest(await verify());
    const { json } = await runCommand(ReplicaCompare, ['a', 'b', '--json', ...node]);
    expect(json.keys).toEqual([]);
  });
  test('replicas with the same entries are the same, and exit code 0', async () => {
    const entries = [entry('k', 'v', 'a', { seq: 1 })];
    hold(cluster.member('a'), entries, seen(1));
    hold(cluster.member('b'), entries, seen(1));
    const { json, exitCode } = await runCommand(ReplicaVerify, ['--json', ...node]);
    expect([json.state, exitCode]).toEqual(['same', 0]);
    expect(Object.keys(json).sort()).toEqual(
      'differences differingBuckets healthy inFlight onlyInIsland replicas rounds state unreachable'.split(' '),
    );
  });

  test('an entry that the vector claims and the replica lacks is a difference, and exit code 3', async () => {
    hold(cluster.member('a'), [entry('k', 'v', 'a', { seq: 7 })], seen(7));
    hold(cluster.member('b'), [], seen(7));
    const { json, exitCode } = await runCommand(ReplicaVerify, ['--json', ...node]);
    expect([json.state, exitCode]).toEqual(['different', 3]);
    expect(json.differences).toHaveLength(1);
    expect(json.differences[0]).toMatchObject({
      keyBase64: base64('k'),
      kind: 'missing',
      holder: { name: 'a' },
      lacker: { name: 'b' },
    });
    const text = await runCommand(ReplicaVerify, node);
    expect(text.stdout).toContain('DIFFERENT: 1 difference in 1 range');
    expect(text.stdout).toContain('on a, missing on b');
  });

  test('while clients write it ends once what was in flight has arrived, though other writes are by then', async () => {
    const write = (seq: number): void => {
      hold(cluster.member('a'), [entry('k', `v${seq}`, 'a', { seq, hlc: NOW_MS + seq })], seen(seq));
      hold(
        cluster.member('b'),
        [entry('k', `v${seq - 1}`, 'a', { seq: seq - 1, hlc: NOW_MS + seq - 1 })],
        seen(seq - 1),
      );
    };
    write(7);
    const found = await replicaVerify(cluster.at('a'), { pauseMs: 1, onRound: (round) => write(7 + round) });
    expect([found.state, found.rounds]).toEqual(['in-flight', 2]);
  });

  test('an entry that the vector does not claim is in flight', async () => {
    hold(cluster.member('a'), [entry('k', 'v', 'a', { seq: 7 })], seen(7));
    hold(cluster.member('b'), [], seen(6));
    const { json, exitCode } = await runCommand(ReplicaVerify, ['--json', ...node]);
    expect([json.state, exitCode]).toEqual(['in-flight', 0]);
    expect(json.inFlight).toMatchObject([{ holder: { name: 'a' }, lacker: { name: 'b' }, entries: 1 }]);
  });

  test('an origin below the floor is claimed whole', async () => {
    hold(cluster.member('a'), [entry('k', 'v', 'a', { seq: 7 })], seen(7));
    hold(cluster.member('b'), [], {});
    const handlers = cluster.member('b').node.handlers;
    const bucket = handlers.BUCKET!;
    handlers.BUCKET = (request) => ({
      buckets: bucket(request).buckets.map((one) => ({
        ...one,
        vector: { seqs: {}, floors: { [origin('a').slice(0, 16)]: 2 } },
      })),
    });
    expect((await verify()).state).toBe('different');
  });

  test.each([
    ['a tombstone that the other has dropped is no difference', entry('k', null, 'a', { seq: 7 }), null, 'same'],
    [
      'an expired entry that the other has dropped is no difference',
      entry('k', 'v', 'a', { seq: 7, expiryMs: NOW_MS - 1 }),
      null,
      'same',
    ],
    [
      'a delete that the other should have and has not is a difference',
      entry('k', null, 'a', { seq: 7 }),
      entry('k', 'v', 'a', { seq: 3, writtenMs: NOW_MS - 300_000 }),
      'different',
    ],
    [
      'another value under the same version is a difference',
      entry('k', 'v', 'a', { seq: 7, valueHash: 1 }),
      entry('k', 'w', 'a', { seq: 7, valueHash: 2 }),
      'different',
    ],
  ])('%s', async (_what, held, other, state) => {
    hold(cluster.member('a'), [held], seen(7));
    hold(cluster.member('b'), other === null ? [] : [other], seen(7));
    const verified = await verify();
    expect(verified.state).toBe(state);
    if (state === 'same') expectOneDigest(verified);
  });

  test('a difference that the next look does not show again does not count', async () => {
    hold(cluster.member('a'), [entry('k', 'v', 'a', { seq: 7 })], seen(7));
    hold(cluster.member('b'), [], seen(7));
    const found = await replicaVerify(cluster.at('a'), {
      pauseMs: 1,
      onRound: () => hold(cluster.member('a'), [], seen(7)),
    });
    expect([found.state, found.rounds]).toEqual(['same', 2]);
  });

  test('parts of a key that another island has ended as a whole are held apart, and no difference; what nobody ended is one', async () => {
    const islands = ['a', 'b'].map((name) => ({ members: [name], replicas: [], writes: 1 }));
    for (const { status } of cluster.members.values()) status.incidents = [incident({ islands })];
    const partOf = (key: string, seq: number) => ({
      ...entry(key, 'v', 'a', { seq }),
      part: { kind: 'field' as const, nameBase64: base64('f') },
    });
    const [deleted, replaced] = [entry('deleted', null, 'a', { seq: 8 }), entry('replaced', 'other', 'a', { seq: 9 })];
    const parts = [partOf('deleted', 1), partOf('replaced', 2)];
    hold(cluster.member('a'), [deleted, replaced], seen(9));
    hold(cluster.member('b'), parts, seen(3));
    const { json } = await runCommand(ReplicaVerify, ['--json', ...node]);
    expect([json.state, json.differences, json.inFlight]).toEqual(['split-brain', [], []]);
    expect(json.onlyInIsland).toMatchObject([{ entries: 2 }, { entries: 0 }]);
    hold(cluster.member('b'), parts, seen(9));
    expect((await verify()).differences.map(({ kind, lacker }) => [kind, lacker])).toEqual([
      ['missing', 'b'],
      ['missing', 'a'],
      ['missing', 'a'],
    ]);
    hold(cluster.member('a'), [], seen(9));
    hold(cluster.member('b'), parts, seen(3));
    expect((await verify()).state).toBe('different');
  });

  test('what a split-brain holds apart is counted by island, exit code 3, and is no difference', async () => {
    const islands = ['a', 'b'].map((name) => ({ members: [name], replicas: [], writes: 1 }));
    for (const { status } of cluster.members.values()) status.incidents = [incident({ islands })];
    hold(cluster.member('a'), [entry('k', 'v', 'a', { seq: 7 })], seen(7));
    hold(cluster.member('b'), [entry('l', 'v', 'b', { seq: 1 }), entry('m', 'v', 'b', { seq: 2 })], {
      [origin('b')]: 2,
    });
    const { json, exitCode } = await runCommand(ReplicaVerify, ['--json', ...node]);
    expect([json.state, exitCode, json.differences, json.inFlight]).toEqual(['split-brain', 3, [], []]);
    expect(json.onlyInIsland).toMatchObject([
      { island: 1, members: [{ name: 'a' }], entries: 1 },
      { island: 2, members: [{ name: 'b' }], entries: 2 },
    ]);
  });

  test('a replica that does not answer leaves it unverified, exit code 3', async () => {
    await cluster.member('b').node.stop();
    const { json, exitCode } = await runCommand(ReplicaVerify, ['--json', ...node]);
    expect([json.state, exitCode, json.unreachable[0].name]).toEqual(['incomplete', 3, 'b']);
  });
});

describe('replica compare', () => {
  test('names what differs and where the newer version is', async () => {
    const older = entry('both', 'old', 'a', { seq: 1, writtenMs: NOW_MS - 300_000 });
    hold(cluster.member('a'), [entry('only:a', 'v', 'a'), older], seen(9));
    hold(cluster.member('b'), [entry('both', 'new', 'b'), entry('gone', null, 'b')], seen(9));
    const { json } = await runCommand(ReplicaCompare, ['a', 'b', '--json', ...node]);
    expect(Object.keys(json)).toEqual(['first', 'second', 'same', 'counts', 'keys', 'truncated']);
    expect(json.keys.map((key: { kind: string }) => key.kind)).toEqual(['newer-in-second', 'only-in-first']);
    const limited = await runCommand(ReplicaCompare, ['a', 'b', '--prefix', 'only:', '--limit', '1', ...node]);
    expect(limited.stdout).toContain('only on a');
    expect(limited.stdout).not.toContain('both');
  });
  test('the same data is the same', async () => {
    expect((await runCommand(ReplicaCompare, ['a', 'b', ...node])).stdout).toContain('Same: a and b');
  });
});

describe('replica list and inspect', () => {
  test('list marks replicas with the same data by the same letter', async () => {
    hold(cluster.member('b'), [entry('k', 'v', 'a')], seen(1));
    const { json } = await runCommand(ReplicaList, ['--json', ...node]);
    expect(Object.keys(json)).toEqual(['same', 'replicas', 'unreachable']);
    expect(new Set(json.replicas.map((row: { group: string }) => row.group))).toEqual(new Set(['A', 'B']));
    expect(Object.keys(json.replicas[0]).sort()).toEqual(
      'address digest durableSeq engine entries evicted group logRows memoryOnly name ownSeq replica tombstones vector'.split(
        ' ',
      ),
    );
  });
  test('a part of the list does not change what is said of all of it', async () => {
    for (const part of [
      ['--limit', '1'],
      ['--offset', '9'],
    ])
      expect((await runCommand(ReplicaList, [...part, ...node])).stdout).toContain('Same data on 2 replicas');
    const status = await runCommand(ClusterStatus, ['--offset', '9', ...node]);
    expect(status.stdout).toContain('In sync');
    expect(status.stdout).not.toContain('is in no cluster yet');
  });
  test('inspect asks the member that is named, by name or address', async () => {
    const byName = await runCommand(ReplicaInspect, ['b', '--json', ...node]);
    const byAddress = await runCommand(ReplicaInspect, [cluster.at('b'), '--json', ...node]);
    expect([byName.json.name, byAddress.json.name]).toEqual(['b', 'b']);
    expect((await runCommand(ReplicaInspect, node)).stdout).toContain(`a at ${cluster.at('a')}`);
    expect((await runCommand(ReplicaInspect, ['z', ...node])).exitCode).toBe(7);
  });
});
