import { beforeEach, describe, expect, test } from '@jest/globals';
import { bytesToId } from '../../src/core/model/bytes.js';
import { digestEntry, type Entry, fullKey, stubOf, touched } from '../../src/core/model/entry.js';
import { finish } from '../../src/core/model/steps.js';
import { compareVersions, isAfter, versionName } from '../../src/core/model/version.js';
import type { Message } from '../../src/core/replication/messages.js';
import { makePlan, type PlanIsland } from '../../src/core/resolution/plan.js';
import type { Strategy } from '../../src/core/resolution/strategy.js';
import { A, A1, B, B1, C1, catchUp, entry, NOW_MS, testNode, valueAt, vector } from './samples.js';
import { MiniCluster, type MiniNode, TIMEOUT_MS } from './support/mini-cluster.js';

const at = (ms: number): number => ms * 4096;
const touchOf = (one: Entry, ms: number, origin = B1, expiryMs = NOW_MS + ms): Entry =>
  touched(one, { hlc: at(ms), origin, seq: ms }, expiryMs);

describe('versions with touches', () => {
  const value = entry('k', 'v', { hlc: at(10) });

  test('compare by the write of the value first, then by the touch, and none is below any', () => {
    const inOrder = [touchOf(value, 11), touchOf(value, 12, A1), touchOf(value, 12), entry('k', 'w', { hlc: at(11) })];
    let before: Entry = value;
    for (const one of inOrder) {
      expect([isAfter(one, before), isAfter(before, one), compareVersions(before, one)]).toEqual([
        true,
        false,
        'before',
      ]);
      before = one;
    }
    expect(isAfter(value, value)).toBe(false);
    expect(new Set([value, ...inOrder].map(versionName)).size).toBe(5);
  });

  test('count in a digest, and what was never touched has the digest that it always had', () => {
    const digest = (one: Entry): number => finish(digestEntry(one));
    expect(digest(touchOf(value, 11, B1, 0))).not.toBe(digest(value));
    expect(digest(touchOf(value, 11, C1, 0))).not.toBe(digest(touchOf(value, 11, B1, 0)));
    const [one, other] = [testNode(A1).data.store, testNode(A1).data.store];
    for (const store of [one, other]) store.put(value);
    one.put(touchOf(value, 11));
    const bucket = Array.from({ length: 4096 }, (_, i) => i).find((i) => one.bucket(i).length > 0)!;
    expect(one.digest(bucket, 0)).not.toBe(other.digest(bucket, 0));
    one.put(value);
    expect(one.digest(bucket, 0)).toBe(other.digest(bucket, 0));
  });
});

describe('a touch', () => {
  test('is a numbered write, and keeps the version of its value', () => {
    const { data } = testNode(A1);
    const written = data.write(Buffer.from('k'), Buffer.from('v'), 0);
    const one = data.touch(written, NOW_MS + 5);
    expect(one).toMatchObject({ hlc: written.hlc, seq: 1, expiryMs: NOW_MS + 5, touch: { origin: A1, seq: 2 } });
    expect(data.store.rows(A1, 0, 9, 9).map(({ seq }) => seq)).toEqual([2]);
    expect(data.vector.get(A1)).toBe(2);
  });

  test('does not bring back what was deleted at the same time, in whatever order the two arrive', () => {
    const [one, other] = [testNode(A1), testNode(B1)];
    one.data.write(Buffer.from('session'), Buffer.from('v'), 0);
    catchUp(one.data, other.data);
    one.data.write(Buffer.from('session'), null, 0);
    other.data.touch(other.data.store.get(Buffer.from('session'))!, 0);
    catchUp(other.data, one.data);
    catchUp(one.data, other.data);
    expect([valueAt(one.data, 'session'), valueAt(other.data, 'session')]).toEqual([null, null]);
  });

  test('that comes without its value is put onto that very value, and a stub stays a stub', () => {
    const { store } = testNode(A1).data;
    const value = entry('k', 'v', { hlc: at(10) });
    const bare = stubOf(touchOf(value, 12));
    store.put(value);
    expect(store.putIfAfter(bare)).toBe(true);
    expect(store.get(value.key)).toMatchObject({ value: value.value, expiryMs: NOW_MS + 12, touch: { seq: 12 } });
    expect(store.get(value.key)).not.toHaveProperty('evicted');
    store.put(stubOf(value));
    expect(store.putIfAfter(touchOf(value, 13))).toBe(true);
    expect(store.get(value.key)).toMatchObject({ value: null, evicted: true, touch: { seq: 13 } });
    store.put(entry('k', 'later', { hlc: at(20) }));
    expect([store.putIfAfter(bare), valueAt({ store } as never, 'k')]).toEqual([false, 'later']);
  });

  test('whose value is gone is refused with its range, and changes nothing', () => {
    const [one, other] = [testNode(A1), testNode(B1)];
    const written = one.data.write(Buffer.from('k'), Buffer.from('v'), 0);
    catchUp(one.data, other.data);
    one.data.touch(written, NOW_MS + 1);
    const { ranges } = one.data.ranges(other.data.vector, { bytesMax: 1e6, known: other.data.vector });
    other.data.store.drop(written.key);
    expect([other.data.receive(ranges[0]!), other.data.vector.get(A1)]).toEqual([false, 1]);
    expect(catchUp(one.data, other.data)).toBe(true);
    expect(valueAt(other.data, 'k')).toBe('v');
  });
});

describe('in a cluster', () => {
  const KEY = fullKey(0, Buffer.from('k'));
  let cluster: MiniCluster;
  let a: MiniNode;
  let b: MiniNode;
  let sentBytes = 0;

  beforeEach(() => {
    cluster = new MiniCluster({ 'on-heal': 'merge' });
    a = cluster.add('a');
    b = cluster.add('b');
    cluster.until(() =>
      cluster.nodes.every((node) => node.live.state === 'serving' && node.live.status.peers.size === 1),
    );
    cluster.onDelivery = (message: Message) => {
      if (message.type !== 'changes') return;
      for (const { rows } of message.ranges) sentBytes += rows.words.byteLength;
    };
  });

  const expiryAt = (node: MiniNode): number | undefined => node.live.status.data.store.get(KEY)?.expiryMs;

  test('a touch travels without its value to who has it', () => {
    a.set('k', 'v'.repeat(100_000));
    cluster.until(() => b.get('k') !== undefined);
    cluster.run(TIMEOUT_MS);
    sentBytes = 0;
    for (let i = 1; i <= 20; i++) {
      a.live.touch(KEY, cluster.nowMs + 1e6 + i);
      cluster.until(() => expiryAt(b) === expiryAt(a));
    }
    expect(sentBytes).toBeLessThan(20 * 200);
    expect(b.get('k')?.length).toBe(100_000);
    expect(b.live.status.data.store.digest(0, 0)).toBe(a.live.status.data.store.digest(0, 0));
  });

  test('a value that had expired elsewhere when it was touched, and was collected there, comes with its touch', () => {
    a.set('k', 'v');
    a.live.touch(KEY, cluster.nowMs + 300);
    cluster.until(() => expiryAt(b) === expiryAt(a));
    cluster.run(200);
    cluster.partition([a], [b]);
    a.live.touch(KEY, cluster.nowMs + 1e6);
    cluster.until(() => b.live.status.data.store.get(KEY) === undefined, 60_000);
    cluster.heal();
    cluster.until(() => b.get('k') === 'v');
    expect(expiryAt(b)).toBe(expiryAt(a));
  });

  test('what an island has deleted stays deleted after a split-brain, whatever the other one touched', () => {
    a.set('k', 'v');
    cluster.until(() => b.get('k') === 'v');
    cluster.partition([a], [b]);
    cluster.run(2 * TIMEOUT_MS);
    a.set('k', null);
    cluster.run(100);
    b.live.touch(KEY, 0);
    b.set('other', 'w');
    a.set('third', 'w');
    cluster.run(TIMEOUT_MS);
    cluster.heal();
    cluster.until(() => a.get('other') === 'w' && b.get('third') === 'w');
    expect([a.get('k'), b.get('k')]).toEqual([undefined, undefined]);
  });
});

describe('in a plan', () => {
  const LWW: Strategy = { kind: 'merge', policy: 'lww' };
  const CUSTOM: Strategy = { kind: 'merge', policy: 'custom', name: 'mine.js' };
  const value = entry('k', 'v', { hlc: at(10), origin: C1 });

  function planOf(one: Entry, other: Entry, strategy = LWW) {
    const island = (replica: string, changed: Entry): PlanIsland => ({
      replicas: [replica],
      vector: vector({
        [C1]: 1,
        ...(changed.touch === undefined
          ? { [changed.origin]: changed.seq }
          : { [changed.touch.origin]: changed.touch.seq }),
      }),
      changed: new Map([[bytesToId(changed.key), changed]]),
    });
    const islands = [island(A, one), island(B, other)];
    const own = (): Entry => one;
    return makePlan({ strategy, decisions: new Map(), islands, own, fence: null, skewMs: 0, nowMs: NOW_MS }).items;
  }

  test('a delete stands over a later touch, and says why', () => {
    expect(planOf(entry('k', null, { hlc: at(20), origin: A1 }), touchOf(value, 30))).toMatchObject([
      { outcome: 0, overridden: [1], reason: 'deleted; a touch of the expiry does not bring it back', rewrite: null },
    ]);
  });

  test('another value stands over a later touch of the one before, and says why', () => {
    expect(planOf(entry('k', 'w', { hlc: at(20), origin: A1 }), touchOf(value, 30))).toMatchObject([
      { outcome: 0, overridden: [1], reason: 'last write; a touch of the expiry of the value before is none' },
    ]);
  });

  test('of two touches of one value the later one stands, nothing is set aside, and no policy is asked', () => {
    const [one, other] = [touchOf(value, 30, A1), touchOf(value, 40)];
    const expected = { outcome: 1, overridden: [], reason: 'last touch of the expiry, 10 ms later', undecided: false };
    expect(planOf(one, other)).toMatchObject([expected]);
    expect(planOf(one, other, CUSTOM)).toMatchObject([expected]);
    expect(planOf(one, other, { kind: 'promote', node: A })).toMatchObject([
      { outcome: 0, rewrite: { expiryMs: one.expiryMs } },
    ]);
  });
});
