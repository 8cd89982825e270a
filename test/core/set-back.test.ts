import { describe, expect, test } from '@jest/globals';
import { nextBoot } from '../../src/core/model/version.js';
import type { Message } from '../../src/core/replication/messages.js';
import { MiniCluster, type MiniNode, TIMEOUT_MS } from './support/mini-cluster.js';

function inSync(cluster: MiniCluster): boolean {
  const nodes = cluster.nodes.filter(({ core }) => core !== null);
  return nodes.every(({ live }) => live.state === 'serving' && [...live.status.peers.values()].every((p) => p.isOpen));
}

function trio(onHeal: 'manual' | 'merge' = 'merge'): { cluster: MiniCluster; a: MiniNode; b: MiniNode; c: MiniNode } {
  const cluster = new MiniCluster({ 'on-heal': onHeal });
  const [a, b, c] = [cluster.add('a'), cluster.add('b'), cluster.add('c')];
  cluster.until(() => inSync(cluster) && a.live.status.peers.size === 2);
  return { cluster, a, b, c };
}

const setBacks = ({ live }: MiniNode) => live.status.records.incidentList().filter(({ kind }) => kind === 'set-back');

/** The plan that a node makes, or why it makes none. */
function planned(cluster: MiniCluster, node: MiniNode): unknown {
  let answer: unknown = null;
  const take = (what: unknown) => {
    answer = what;
  };
  node.live.operator.plan({ kind: 'merge', policy: 'lww' }, new Map(), { resolve: take, reject: take });
  cluster.until(() => answer !== null);
  return answer;
}

describe('a directory that was put back from an older copy', () => {
  test('is named, has nothing that was deleted since, and gets its own writes back, by a snapshot', () => {
    const { cluster, a, b, c } = trio();
    c.set('deleted', 'old');
    cluster.until(() => cluster.areAll('deleted', 'old'));
    const copy = c.copy();
    a.set('deleted', null);
    c.set('own', 'later');
    cluster.until(() => a.live.status.data.store.tombstoneCount === 0 && a.get('own') === 'later', 60_000);
    cluster.stop(c);
    c.putBack(copy);
    expect(c.storage.store('data').liveCount()).toBe(1);
    cluster.start(c);
    cluster.until(() => inSync(cluster) && c.get('own') === 'later');
    expect(cluster.areAll('deleted', undefined)).toBe(true);
    for (const node of [a, b, c]) {
      expect(setBacks(node)).toMatchObject([{ islands: [{ replicas: [c.replica] }, {}], setAside: 0 }]);
      expect(setBacks(node)[0]!.problem).toMatch(
        /^c came back with less .*it lacks 1 writes of its own.* everything anew/,
      );
    }
    c.set('after', 'well');
    cluster.until(() => cluster.areAll('after', 'well'));
  });

  test('that wrote apart cannot plan what becomes of that, and names a member that can; after that it has everything', () => {
    const { cluster, a, b, c } = trio('manual');
    const copy = c.copy();
    a.set('k', 'before');
    a.set('deleted', 'old');
    a.set('deleted', null);
    cluster.until(() => c.get('k') === 'before' && a.live.status.data.store.tombstoneCount === 0, 60_000);
    cluster.run(10 * TIMEOUT_MS);
    cluster.stop(c);
    c.putBack(copy);
    cluster.partition([a, b], [c]);
    cluster.start(c);
    cluster.run(3 * TIMEOUT_MS);
    a.set('k', 'of a');
    c.set('k', 'of c');
    cluster.heal();
    cluster.until(() => c.live.status.records.openIncidents().length === 1 && setBacks(c).length === 1, 60_000);
    expect(planned(cluster, c)).toMatchObject({
      code: 'refused',
      hint: { code: 'plan-at', address: expect.stringMatching(/^[ab]$/) },
    });
    expect(planned(cluster, a)).toMatchObject({ counts: { conflicts: 1 } });
    const wait = { resolve: () => {}, reject: (error: Error) => expect(error).toBeNull() };
    a.live.operator.resolve({ kind: 'merge', policy: 'lww' }, new Map(), null, wait);
    cluster.until(() => inSync(cluster) && cluster.areAll('k', 'of c'));
  });

  test('of before anybody else joined has retired none of what it lacks, and gets it back', () => {
    const cluster = new MiniCluster();
    const a = cluster.add('a');
    cluster.run(1000);
    a.set('first', 'kept');
    const copy = a.copy();
    const { origin: former } = a.set('own', 'later');
    cluster.run(1000);
    const b = cluster.add('b');
    cluster.until(() => inSync(cluster) && b.get('own') === 'later');
    cluster.stop(a);
    a.putBack(copy);
    cluster.partition([a], [b]);
    cluster.start(a);
    // By its own records it is alone all this time. What it claims to have of its former start it has.
    cluster.run(2000);
    expect(a.live.status.data.vector.covers(former, 2)).toBe(false);
    cluster.heal();
    cluster.until(() => inSync(cluster) && a.get('own') === 'later');
    expect([b.get('first'), b.get('own')]).toEqual(['kept', 'later']);
    expect(b.live.status.records.active()).toHaveLength(2);
  });

  test('of which nobody has collected anything since catches up by the log, and WAIT counts it only then', () => {
    const { cluster, a, b, c } = trio();
    const copy = c.copy();
    cluster.stop(b);
    a.set('k', 'v');
    cluster.until(() => c.get('k') === 'v');
    expect(a.live.durableAt(1)).toBe(1);
    cluster.stop(c);
    c.putBack(copy);
    cluster.partition([a], [c]);
    cluster.start(c);
    cluster.heal();
    const snapshots: Message['type'][] = [];
    let counted = -1;
    cluster.onDelivery = (message) => {
      if (message.type === 'snapshot-begin') snapshots.push(message.type);
      if (message.type === 'changes' && message.group === 'data') counted = a.live.durableAt(1);
    };
    cluster.until(() => c.get('k') === 'v');
    expect(counted).toBe(0);
    cluster.until(() => a.live.durableAt(1) === 1);
    expect(snapshots).toEqual([]);
    expect(setBacks(a)).toHaveLength(1);
    expect(setBacks(a)[0]!.problem).toContain('catches up by the log');
  });

  test('writes under a boot of its own, although the directory remembers one that was used since', () => {
    const remembered = nextBoot(0, 1_800_000_000_000, 0.25);
    expect(nextBoot(remembered, 1_800_000_000_000, 0.5)).not.toBe(nextBoot(remembered, 1_800_000_000_000, 0.75));
    const used = nextBoot(remembered, 1_800_000_100_000, 0.5);
    expect(nextBoot(remembered, 1_800_000_200_000, 0)).toBeGreaterThan(used);
    expect(nextBoot(used, 0, 0)).toBeGreaterThan(used);
  });

  test('whose clock stands behind an earlier start is told, and what it wrote meanwhile is written anew', () => {
    const { cluster, a, b, c } = trio();
    cluster.stop(c);
    cluster.start(c);
    cluster.until(() => inSync(cluster));
    cluster.stop(c);
    c.boot = 1;
    cluster.partition([a, b], [c]);
    cluster.start(c);
    cluster.run(2 * TIMEOUT_MS);
    c.set('alone', 'kept');
    cluster.heal();
    cluster.until(() => cluster.stopped.length > 0);
    expect(cluster.stopped[0]).toEqual({ name: 'c', code: 'passed' });
    cluster.stop(c);
    c.boot = c.storage.getMeta('boot') as number;
    expect(c.boot).toBe(4);
    cluster.start(c);
    cluster.until(() => inSync(cluster) && cluster.areAll('alone', 'kept'));
  });
});

describe('two instances of one replica', () => {
  test('the later one is refused and both are named, while the original goes on', () => {
    const { cluster, a, b, c } = trio();
    c.set('k', 'original');
    const clone = cluster.clone(c, 'clone');
    cluster.until(() => cluster.stopped.length > 0);
    expect(cluster.stopped[0]).toEqual({ name: 'clone', code: 'second-instance' });
    cluster.stop(clone);
    cluster.run(2 * TIMEOUT_MS);
    expect(inSync(cluster)).toBe(true);
    const problems = [a, b].flatMap(({ live }) => live.problems.list());
    expect(problems.map(({ kind, text }) => [kind, text])).toContainEqual([
      'second-instance',
      expect.stringMatching(/c runs twice: at c, and .* at clone/),
    ]);
    c.set('k', 'goes on');
    cluster.until(() => cluster.areAll('k', 'goes on'));
    expect(a.live.status.records.member(c.replica)?.address).toBe('c');
    cluster.run(13 * TIMEOUT_MS);
    expect([a, b].flatMap(({ live }) => live.problems.list())).toEqual([]);
  });

  test('a node that is started again is let in once its former self is not heard any more', () => {
    const { cluster, c } = trio();
    cluster.stop(c);
    cluster.start(c);
    cluster.until(() => inSync(cluster) && cluster.nodes.every(({ live }) => live.status.peers.size === 2), TIMEOUT_MS);
    expect(cluster.stopped).toEqual([]);
  });
});
