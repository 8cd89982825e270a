import { describe, expect, test } from '@jest/globals';
import { hlcFromMs, hlcToMs } from '../../src/core/model/hlc.js';
import { innardsOf } from './support/innards.js';
import { MiniCluster, type MiniNode, TIMEOUT_MS } from './support/mini-cluster.js';

const HOUR_MS = 3_600_000;
/** The limit, and what a resolution may put ahead. */
const DOOR_MS = 12_000;

function pairOf(settings = {}): { cluster: MiniCluster; a: MiniNode; b: MiniNode } {
  const cluster = new MiniCluster(settings);
  const [a, b] = [cluster.add('a'), cluster.add('b')];
  cluster.until(() => b.live.state === 'serving' && a.live.status.peers.get(b.replica)?.isOpen === true);
  return { cluster, a, b };
}

/** As a flipped bit or a broken clock does it: all that the node writes from now on is stamped beyond that time. */
function breakClock(node: MiniNode, unixMs: number): void {
  innardsOf(node.live).clock.observe(hlcFromMs(unixMs));
}

function problemsOf(node: MiniNode): string[] {
  return node.live.problems.list().map(({ kind }) => kind);
}

function leadMs({ nowMs }: MiniCluster, node: MiniNode): number {
  return hlcToMs(innardsOf(node.live).clock.last) - nowMs;
}

describe('the clock of a machine steps by an hour', () => {
  test('forward: what is written there then does not beat what others write later', () => {
    const { cluster, a, b } = pairOf();
    a.wallAheadMs = HOUR_MS;
    a.set('k', 'first, under the wrong clock');
    cluster.run(100);
    b.set('k', 'later');
    cluster.run(1000);
    expect([a.get('k'), b.get('k')]).toEqual(['later', 'later']);
    expect(problemsOf(a)).toEqual(['clock-step']);
    expect(a.live.problems.list()[0]!.text).toContain('about 60 min ahead of');
    expect(problemsOf(b)).toEqual([]);
    a.wallAheadMs = 0;
    cluster.run(100);
    expect(problemsOf(a)).toEqual([]);
  });

  test('forward: it ends no key before its time, and back: it keeps none', () => {
    const { cluster, a, b } = pairOf();
    for (const step of [HOUR_MS, -HOUR_MS]) {
      a.wallAheadMs = step;
      a.live.write(Buffer.from('\0k'), Buffer.from('v'), a.live.nowMs + 60_000);
      cluster.run(1000);
      expect([a.get('k'), b.get('k')]).toEqual(['v', 'v']);
      cluster.run(60_000);
      expect([a.get('k'), b.get('k')]).toEqual([undefined, undefined]);
    }
  });
});

describe('a change that is stamped far ahead of the clock of whoever gets it', () => {
  test('is not taken in: the gate shuts, the sender is named, and no clock is carried along', () => {
    const { cluster, a, b } = pairOf();
    breakClock(a, cluster.nowMs + HOUR_MS);
    a.set('k', 'from the future');
    cluster.run(1000);
    expect(b.get('k')).toBeUndefined();
    expect(b.live.status.peers.get(a.replica)!.ourGate).toBe('clock-skew');
    expect(problemsOf(b)).toEqual(['clock-ahead']);
    expect(b.live.problems.list()[0]!.text).toContain('a sent a change stamped');
    expect(problemsOf(a)).toEqual(['clock-lead']);
    expect(leadMs(cluster, b)).toBeLessThan(DOOR_MS);
    expect(b.live.status.separations.has(a.replica)).toBe(true);
  });

  test('is taken in once its time is near, by the verdict of R10', () => {
    const { cluster, a, b } = pairOf({ 'on-heal': 'manual' });
    breakClock(a, cluster.nowMs + 30_000);
    a.set('k', 'from the future');
    cluster.run(2 * TIMEOUT_MS);
    cluster.run(30_000 - DOOR_MS);
    expect(problemsOf(b)).toEqual([]);
    cluster.until(() => b.get('k') === 'from the future');
    // Both have written since they were apart: that is a split-brain, as after any other separation.
    breakClock(a, cluster.nowMs + 30_000);
    a.set('k', 'again');
    cluster.run(4 * TIMEOUT_MS);
    [a, b].forEach((node, i) => void node.set(`k${i}`, 'apart'));
    cluster.run(30_000);
    expect(b.live.status.records.openIncidents()).toHaveLength(1);
    expect(b.get('k')).toBe('from the future');
  });

  test('does not come in as a record of the cluster either', () => {
    const { cluster, a, b } = pairOf();
    breakClock(a, cluster.nowMs + HOUR_MS);
    a.live.operator.changeSetting('set-aside-days', '3');
    cluster.run(1000);
    expect(b.live.status.records.settings()['set-aside-days']).toBe(7);
    expect(problemsOf(b)).toEqual(['clock-ahead']);
  });

  test('does not come in with a snapshot: who joins is told why, and stops', () => {
    const cluster = new MiniCluster();
    const a = cluster.add('a');
    cluster.run(100);
    breakClock(a, cluster.nowMs + HOUR_MS);
    a.set('k', 'from the future');
    const b = cluster.add('b');
    cluster.run(1000);
    expect(cluster.stopped[0]).toEqual({ name: 'b', code: 'refused' });
    expect([b.live.state, b.live.status.self.isJoined]).toEqual(['stopping', false]);
    expect(leadMs(cluster, b)).toBeLessThan(DOOR_MS);
  });

  test('ends a resolution that reads it, with the reason in the record', () => {
    const { cluster, a, b } = pairOf({ 'on-heal': 'manual' });
    cluster.partition([a], [b]);
    cluster.run(2 * TIMEOUT_MS);
    for (const node of [a, b]) node.set('k', `of ${node.name}`);
    breakClock(b, cluster.nowMs + HOUR_MS);
    b.set('late', 'from the future');
    cluster.heal();
    cluster.until(() => a.live.status.records.openIncidents().length === 1);
    const told: string[] = [];
    const wait = { resolve: () => told.push('resolved'), reject: (error: Error) => told.push(error.message) };
    a.live.operator.resolve({ kind: 'merge', policy: 'lww' }, new Map(), null, wait);
    cluster.until(() => told.length > 0, 60_000);
    expect(told[0]).toContain("could not be resolved: b is too far ahead of this node's clock");
    expect(leadMs(cluster, a)).toBeLessThan(DOOR_MS);
    expect(a.get('k')).toBe('of a');
  });
});
