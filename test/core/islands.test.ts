import { beforeEach, describe, expect, test } from '@jest/globals';
import { fullKey } from '../../src/core/model/entry.js';
import { LAG_WRITES_MAX } from '../../src/core/replication/state-log.js';
import type { Strategy } from '../../src/core/resolution/strategy.js';
import { innardsOf } from './support/innards.js';
import { MiniCluster, type MiniNode, TIMEOUT_MS } from './support/mini-cluster.js';

let cluster: MiniCluster;
let a: MiniNode;
let b: MiniNode;
let c: MiniNode;

function start(onHeal: 'manual' | 'merge'): void {
  cluster = new MiniCluster({ 'on-heal': onHeal });
  a = cluster.add('a');
  b = cluster.add('b');
  c = cluster.add('c');
  cluster.until(() =>
    cluster.nodes.every((node) => node.live.state === 'serving' && node.live.status.peers.size === 2),
  );
  a.set('base', '0');
  cluster.until(() => cluster.areAll('base', '0'));
}

const openIncidents = (node: MiniNode): number => node.live.status.records.openIncidents().length;
const isApart = (one: MiniNode, other: MiniNode): boolean => one.live.status.separations.has(other.replica);
const isHeld = (one: MiniNode, other: MiniNode): boolean => one.live.status.separations.isSplit(other.replica);
const resolve = (node: MiniNode, strategy: Strategy): void =>
  node.live.operator.resolve(strategy, new Map(), null, {
    resolve: () => {},
    reject: (error) => {
      throw error;
    },
  });

/** d joins a, which is cut off from the others, and has written apart from them. */
function joinCutOff(): MiniNode {
  cluster.partition([a], [b, c]);
  cluster.run(2 * TIMEOUT_MS);
  a.set('k', 'a');
  c.set('k', 'c');
  cluster.run(TIMEOUT_MS);
  const d = cluster.add('d');
  cluster.partition([a, d], [b, c]);
  return d;
}

describe('a cluster that was cut apart', () => {
  beforeEach(() => start('manual'));

  test('catches up without asking anybody when one side alone wrote', () => {
    cluster.partition([a], [b, c]);
    cluster.run(2 * TIMEOUT_MS);
    b.set('k', 'b');
    cluster.heal();
    cluster.until(() => cluster.areAll('k', 'b'));
    expect(openIncidents(a)).toBe(0);
  });

  test('holds the sides apart when both wrote', () => {
    cluster.partition([a], [b, c]);
    cluster.run(2 * TIMEOUT_MS);
    a.set('k', 'a');
    b.set('k', 'b');
    cluster.heal();
    cluster.until(() => openIncidents(a) === 1 && openIncidents(c) === 1);
    cluster.run(2 * TIMEOUT_MS);
    expect([a.get('k'), b.get('k'), c.get('k')]).toEqual(['a', 'b', 'b']);
  });

  test('counts the writes of each side that were made before it had noticed the cut, too', () => {
    cluster.partition([a], [b, c]);
    for (let i = 0; i < 5; i++) a.set(`a${i}`, 'a');
    for (let i = 0; i < 7; i++) b.set(`b${i}`, 'b');
    cluster.run(2 * TIMEOUT_MS);
    a.set('k', 'a');
    b.set('k', 'b');
    cluster.heal();
    cluster.until(() => openIncidents(a) === 1 && openIncidents(c) === 1);
    const [incident] = a.live.status.records.openIncidents();
    const writes = incident!.islands.map((island) => [island.replicas.includes(a.replica), island.writes]);
    expect(new Map(writes as [boolean, number][])).toEqual(
      new Map([
        [true, 6],
        [false, 8],
      ]),
    );
  });

  test('keeps two islands apart that meet again over a third, which has written nothing', () => {
    cluster.partition([a], [b], [c]);
    cluster.run(2 * TIMEOUT_MS);
    a.set('k', 'a');
    c.set('k', 'c');
    cluster.heal();
    cluster.until(() => openIncidents(a) === 1 && openIncidents(b) === 1 && openIncidents(c) === 1);
    cluster.run(2 * TIMEOUT_MS);
    expect([a.get('k'), c.get('k')]).toEqual(['a', 'c']);
    expect(isHeld(b, a) !== isHeld(b, c)).toBe(true);
  });

  test('holds apart who brings the writes of one island, and has left it since', () => {
    cluster.partition([a], [b, c]);
    cluster.run(2 * TIMEOUT_MS);
    cluster.partition([a], [b], [c]);
    // While c counts a as down, and b not yet.
    c.set('k', 'c');
    cluster.run(2 * TIMEOUT_MS);
    a.set('k', 'a');
    cluster.partition([a, b], [c]);
    cluster.until(() => b.get('k') === 'a');
    cluster.partition([a], [b], [c]);
    cluster.run(2 * TIMEOUT_MS);
    cluster.partition([a], [b, c]);
    cluster.until(() => isHeld(b, c) && isHeld(c, b));
    cluster.run(2 * TIMEOUT_MS);
    expect([b.get('k'), c.get('k')]).toEqual(['a', 'c']);
  });

  test('stays apart, for a resolution of its own, from what a plan did not see', () => {
    cluster.partition([a], [b, c]);
    cluster.run(2 * TIMEOUT_MS);
    a.set('k', 'a');
    c.set('k', 'c');
    cluster.heal();
    cluster.until(() => cluster.nodes.every((node) => openIncidents(node) === 1));
    const { records, replicas, clock } = innardsOf(a.live);
    const seen = records.openIncidents()[0]!;
    const participants = cluster.nodes.map(({ replica }) => replica);
    const covered = replicas.data.vector.toData();
    records.putIncident({ ...seen, state: 'resolved', resolvedMs: 1, participants, covered, fence: 2 * clock.last });
    cluster.until(() => cluster.nodes.every((node) => node.live.status.records.openIncidents()[0]?.id !== seen.id));
    cluster.until(() => cluster.nodes.every((node) => openIncidents(node) === 1));
    expect([a.get('k'), b.get('k'), c.get('k')]).toEqual(['a', 'c', 'c']);
    resolve(a, { kind: 'promote', node: a.replica });
    cluster.until(() => cluster.areAll('k', 'a'));
  });

  describe('and resolved while a member was away', () => {
    let d: MiniNode;
    beforeEach(() => {
      d = cluster.add('d');
      cluster.until(() =>
        cluster.nodes.every((node) => node.live.state === 'serving' && node.live.status.peers.size === 3),
      );
      cluster.run(TIMEOUT_MS);
      cluster.partition([a, b], [c, d]);
      cluster.run(2 * TIMEOUT_MS);
      a.set('k', 'a');
      c.set('k', 'c');
      c.set('of c', 'c');
      cluster.run(TIMEOUT_MS);
      cluster.heal();
      cluster.until(() => cluster.nodes.every((node) => openIncidents(node) === 1));
    });

    const resolveWithout = (away: MiniNode, executor = a): void => {
      cluster.partition(
        cluster.nodes.filter((node) => node !== away),
        [away],
      );
      cluster.run(2 * TIMEOUT_MS);
      resolve(executor, { kind: 'promote', node: executor.replica });
      cluster.until(() => [a, b, c].every((node) => openIncidents(node) === 0));
    };
    const incidents = (): number => a.live.status.records.incidentList().length;

    test('takes the resolution in when it returns, if it wrote nothing that the others did not see', () => {
      resolveWithout(d);
      cluster.heal();
      cluster.until(() => cluster.areAll('k', 'a') && cluster.areAll('of c', undefined));
      cluster.run(4 * TIMEOUT_MS);
      expect([incidents(), cluster.nodes.map(openIncidents)]).toEqual([1, [0, 0, 0, 0]]);
    });

    test('takes it in when two of different islands were away together, and see each other first', () => {
      const e = cluster.add('e');
      cluster.until(() => e.live.state === 'serving');
      cluster.run(TIMEOUT_MS);
      expect([d.get('k'), e.get('k')]).toEqual(['c', 'a']);
      cluster.partition([a, b, c], [d, e]);
      cluster.run(2 * TIMEOUT_MS);
      resolve(a, { kind: 'promote', node: a.replica });
      cluster.until(() => [a, b, c].every((node) => openIncidents(node) === 0));
      cluster.heal();
      let writes = 0;
      cluster.until(() => {
        a.set('later', String(++writes));
        return cluster.areAll('k', 'a') && cluster.areAll('of c', undefined);
      });
      cluster.run(4 * TIMEOUT_MS);
      expect([incidents(), cluster.nodes.map(openIncidents)]).toEqual([1, [0, 0, 0, 0, 0]]);
    });

    test('takes it in when it was down meanwhile', () => {
      cluster.stop(d);
      cluster.run(2 * TIMEOUT_MS);
      resolve(a, { kind: 'promote', node: a.replica });
      cluster.until(() => [a, b, c].every((node) => openIncidents(node) === 0));
      cluster.start(d);
      cluster.until(() => cluster.areAll('k', 'a') && cluster.areAll('of c', undefined));
      cluster.run(4 * TIMEOUT_MS);
      expect([incidents(), cluster.nodes.map(openIncidents)]).toEqual([1, [0, 0, 0, 0]]);
    });

    test('is a split-brain of its own when it returns with a write of its own', () => {
      // What c has is what stands, so that the resolution writes nothing.
      resolveWithout(d, c);
      d.set('k', 'd');
      cluster.heal();
      cluster.until(() => cluster.nodes.every((node) => openIncidents(node) === 1));
      expect([a.get('k'), d.get('k'), incidents()]).toEqual(['c', 'd', 2]);
    });
  });

  test('keeps its islands apart when a node between them restarts', () => {
    cluster.partition([a], [c, b]);
    cluster.run(2 * TIMEOUT_MS);
    a.set('k', 'a');
    c.set('k', 'c');
    cluster.stop(b);
    cluster.heal();
    cluster.until(() => isHeld(a, c) && isHeld(c, a));
    cluster.start(b);
    cluster.run(4 * TIMEOUT_MS);
    expect([a.get('k'), c.get('k')]).toEqual(['a', 'c']);
    expect(isHeld(b, a) !== isHeld(b, c)).toBe(true);
  });

  test('keeps a joiner in the island of the member that gave it the data', () => {
    const d = joinCutOff();
    cluster.until(() => d.live.state === 'serving');
    cluster.heal();
    cluster.run(4 * TIMEOUT_MS);
    expect([d.get('k'), b.get('k')]).toEqual(['a', 'c']);
    expect(isHeld(d, c) && isHeld(c, d)).toBe(true);
  });

  test('keeps a joiner apart from those who were apart from its giver, also when the giver is gone', () => {
    const d = joinCutOff();
    cluster.until(() => d.live.state === 'serving');
    cluster.stop(a);
    cluster.heal();
    cluster.until(() => isHeld(d, c) && isHeld(c, d));
    cluster.run(4 * TIMEOUT_MS);
    expect([d.get('k'), b.get('k')]).toEqual(['a', 'c']);
  });

  test('keeps a joiner apart from those who were apart from its giver, also when the giver is gone before their links open', () => {
    const d = joinCutOff();
    cluster.onDelivery = () => {
      if (a.core !== null && d.live.status.self.isJoined) cluster.stop(a);
    };
    cluster.until(() => a.core === null);
    cluster.heal();
    cluster.run(4 * TIMEOUT_MS);
    expect([d.get('k'), b.get('k')]).toEqual(['a', 'c']);
    expect(isHeld(d, c) && isHeld(c, d)).toBe(true);
  });

  test("opens an incident again whose policy's decisions went with a restart, rather than decide by the last write", () => {
    cluster.partition([a], [b, c]);
    cluster.run(2 * TIMEOUT_MS);
    a.set('k', 'a');
    cluster.run(10);
    b.set('k', 'b');
    cluster.heal();
    cluster.until(() => cluster.nodes.every((node) => openIncidents(node) === 1));
    const { records } = innardsOf(a.live);
    const open = records.openIncidents()[0]!;
    const strategy: Strategy = { kind: 'merge', policy: 'custom', name: 'mine.mjs' };
    records.putIncident({ ...open, state: 'resolving', strategy, executor: a.replica });
    cluster.run(2 * TIMEOUT_MS);
    expect(records.openIncidents()[0]).toMatchObject({ state: 'open', problem: expect.stringContaining('mine.mjs') });
    expect([a.get('k'), b.get('k')]).toEqual(['a', 'b']);
  });

  test('resolves once when two operators act on both sides at once', () => {
    cluster.partition([a], [b, c]);
    cluster.run(2 * TIMEOUT_MS);
    a.set('k', 'a');
    b.set('k', 'b');
    cluster.heal();
    cluster.until(() => cluster.nodes.every((node) => openIncidents(node) === 1));
    resolve(a, { kind: 'promote', node: a.replica });
    b.live.operator.resolve({ kind: 'promote', node: b.replica }, new Map(), null, {
      resolve: () => {},
      reject: () => {},
    });
    cluster.until(() => cluster.nodes.every((node) => openIncidents(node) === 0));
    cluster.run(2 * TIMEOUT_MS);
    const incident = a.live.status.records.incidentList()[0]!;
    const winner = incident.strategy?.kind === 'promote' && incident.strategy.node === a.replica ? 'a' : 'b';
    expect(cluster.areAll('k', winner)).toBe(true);
    expect(incident.setAside).toBe(1);
  });

  test('shows the promoted data everywhere, and undo brings back what was overridden, deletes included', () => {
    cluster.partition([a], [b, c]);
    cluster.run(2 * TIMEOUT_MS);
    a.set('k', 'a');
    b.set('k', 'b');
    b.set('base', null);
    cluster.heal();
    cluster.until(() => cluster.nodes.every((node) => openIncidents(node) === 1));
    resolve(a, { kind: 'promote', node: a.replica });
    cluster.until(() => cluster.areAll('k', 'a') && cluster.areAll('base', '0'));
    const { id } = c.live.status.records.incidentList()[0]!;
    let restored = 0;
    const wait = {
      resolve: (result: { restored: number }) => {
        restored = result.restored;
      },
      reject: () => {},
    };
    c.live.operator.undo({ incident: id, key: null, dryRun: false }, wait);
    cluster.until(() => cluster.areAll('k', 'b') && cluster.areAll('base', undefined));
    expect(restored).toBe(2);
  });
});

describe('a cluster that merges on heal', () => {
  beforeEach(() => start('merge'));

  test('keeps the later write and sets the other aside', () => {
    cluster.partition([a, b], [c]);
    cluster.run(2 * TIMEOUT_MS);
    a.set('k', 'a');
    cluster.run(10);
    c.set('k', 'c');
    cluster.heal();
    cluster.until(() => cluster.areAll('k', 'c') && openIncidents(b) === 0);
    expect(b.live.status.records.incidentList()[0]).toMatchObject({ state: 'resolved', setAside: 1, by: 'on-heal' });
  });

  test('merges four islands of one under constant writes', () => {
    const d = cluster.add('d');
    cluster.until(() => d.live.state === 'serving');
    cluster.partition([a], [b], [c], [d]);
    cluster.run(2 * TIMEOUT_MS);
    for (const node of cluster.nodes) node.set('k', node.name);
    cluster.heal();
    let n = 0;
    cluster.until(() => {
      for (const node of cluster.nodes) node.set(`own-${node.name}`, String(n++));
      return cluster.nodes.every((node) => node.live.status.separations.list().length === 0);
    });
    cluster.until(() => new Set(cluster.nodes.map((node) => node.get('k'))).size === 1);
    cluster.until(() => cluster.nodes.every((node) => node.get('own-a') === a.get('own-a')));
  });
});

describe('a cluster that heals by itself', () => {
  beforeEach(() => start('merge'));

  test('takes no longer over a split-brain that follows another one at once', () => {
    const resolved = (): number =>
      a.live.status.records.incidentList().filter(({ state }) => state === 'resolved').length;
    const took = [1, 2].map((count) => {
      cluster.partition([a], [b, c]);
      cluster.until(() => [b, c].every((one) => isApart(one, a) && isApart(a, one)));
      a.set('k', `a${count}`);
      c.set('k', `c${count}`);
      cluster.heal();
      const sinceMs = cluster.nowMs;
      cluster.until(() => resolved() === count);
      const tookMs = cluster.nowMs - sinceMs;
      cluster.until(() => [b, c].every((one) => !isApart(one, a) && !isApart(a, one)));
      return tookMs;
    });
    expect(took[1]).toBeLessThanOrEqual(2 * took[0]!);
  });
});

describe('what is stable', () => {
  beforeEach(() => start('merge'));

  test('leaves log, tombstones and past boots of a cluster that falls silent', () => {
    a.set('gone', 'x');
    a.set('gone', null);
    cluster.stop(b);
    cluster.run(10);
    cluster.start(b);
    cluster.until(() => {
      return cluster.nodes.every(({ live }) => {
        const { store } = live.status.data;
        const pastBoots = [...store.vector.seqs.keys()].filter((origin) => origin === `${b.replica}.00000002`);
        return store.logRowCount === 0 && store.tombstoneCount === 0 && pastBoots.length === 0;
      });
    });
  });

  test('keeps a tombstone while a member is down, and the key stays deleted when it returns', () => {
    cluster.stop(c);
    cluster.run(2 * TIMEOUT_MS);
    a.set('base', null);
    cluster.run(8 * TIMEOUT_MS);
    expect(a.live.status.data.store.get(fullKey(0, Buffer.from('base')))?.value).toBeNull();
    cluster.start(c);
    cluster.until(() => cluster.areAll('base', undefined));
    cluster.until(() => a.live.status.data.store.tombstoneCount === 0);
  });

  test('a forgotten member is refused, and lets the others drain', () => {
    cluster.stop(c);
    cluster.run(2 * TIMEOUT_MS);
    a.set('base', '1');
    a.live.operator.forget(c.replica);
    cluster.until(() => b.live.status.data.store.logRowCount === 0);
    cluster.start(c);
    c.set('stale', 'x');
    cluster.run(4 * TIMEOUT_MS);
    expect([a.get('stale'), b.get('stale')]).toEqual([undefined, undefined]);
  });

  test('of two members that forgot each other none stops the other', () => {
    cluster.stop(b);
    cluster.partition([a], [c]);
    cluster.run(2 * TIMEOUT_MS);
    for (const [by, other] of [
      [a, c],
      [c, a],
    ] as const)
      by.live.operator.forget(other.replica);
    cluster.heal();
    cluster.run(4 * TIMEOUT_MS);
    expect(cluster.stopped).toEqual([]);
    expect([a.live.state, c.live.state]).toEqual(['serving', 'serving']);
  });
});

describe('the log of every member tells', () => {
  const told = (node: MiniNode): string[] => node.log.splice(0).map((line) => line.replace(/\d{8}-\d{6}-\w+/, 'ID'));
  const down = (name: string): string => `warn ${name} is down: nothing heard for ${TIMEOUT_MS} ms`;
  const apart = 'wrote apart from each other; their data is held apart';

  test.each([
    ['a write', 1],
    ['more writes than a member in sync lacks', 2 * LAG_WRITES_MAX],
  ])(
    'that members are down, that a split-brain of %s was found, and that all are back once it is resolved: each once',
    (_, writes) => {
      start('manual');
      for (const node of cluster.nodes) told(node);
      cluster.partition([a], [b, c]);
      cluster.run(3 * TIMEOUT_MS);
      a.set('k', 'a');
      b.set('k', 'b');
      for (const node of [a, b]) for (let i = 1; i < writes; i++) node.set(`${node.name}${i}`, 'v');
      cluster.heal();
      cluster.until(() => cluster.nodes.every((node) => openIncidents(node) === 1));
      cluster.run(3 * TIMEOUT_MS);
      // What was held takes longer than a tick.
      cluster.delayMs = () => 40;
      resolve(b, { kind: 'merge', policy: 'lww' });
      cluster.until(() => cluster.areAll('k', 'b'));
      cluster.run(3 * TIMEOUT_MS);
      const inReach = (name: string): string => `info ${name} is in reach again, and held apart: a split-brain`;
      const found = `warn split-brain ID was found: {a} | {b, c} ${apart}`;
      const back = (name: string): string => `info ${name} is back: in sync again`;
      const sorted = cluster.nodes.map((node) => told(node).sort());
      const resolved = 'info split-brain ID is resolved, by b';
      const all = (lines: readonly string[]): string[] => [...lines, found].sort();
      expect(sorted[0]).toEqual(
        all(['b', 'c'].flatMap((name) => [down(name), inReach(name), back(name)]).concat(resolved)),
      );
      expect(sorted[1]).toEqual(
        all([down('a'), inReach('a'), back('a'), 'info split-brain ID is resolved: 1 values set aside']),
      );
      expect(sorted[2]).toEqual(all([down('a'), inReach('a'), back('a'), resolved]));
    },
  );

  test('that a member is back which was missed by nobody but for its silence, and not what a joiner reads of the past', () => {
    start('merge');
    cluster.partition([a], [b, c]);
    cluster.run(3 * TIMEOUT_MS);
    a.set('k', 'a');
    b.set('k', 'b');
    cluster.heal();
    cluster.until(() => cluster.areAll('k', 'b') || cluster.areAll('k', 'a'));
    cluster.run(3 * TIMEOUT_MS);
    for (const node of cluster.nodes) told(node);
    cluster.stop(c);
    cluster.run(3 * TIMEOUT_MS);
    cluster.start(c);
    cluster.run(3 * TIMEOUT_MS);
    expect(told(a)).toEqual([down('c'), 'info c is back: in sync again']);
    const d = cluster.add('d');
    cluster.until(() => d.live.state === 'serving');
    expect(told(d).join()).not.toContain('split-brain');
  });

  test('that a quorum was lost, and that it is there again', () => {
    cluster = new MiniCluster({ 'partition-mode': 'majority' });
    const nodes = [...'abc'].map((name) => cluster.add(name));
    cluster.until(() => nodes.every(({ live }) => live.state === 'serving' && live.status.peers.size === 2));
    for (const node of nodes) told(node);
    const [one, ...others] = nodes as [MiniNode, MiniNode, MiniNode];
    cluster.partition([one], others);
    cluster.run(3 * TIMEOUT_MS);
    cluster.heal();
    cluster.run(3 * TIMEOUT_MS);
    expect(told(one)).toEqual([
      down('b'),
      down('c'),
      'warn writes are refused: 1 of 3 members in sight, no majority (partition-mode majority)',
      'info b is back: in sync again',
      'info writes are taken again: 2 of 3 members in sight, partition-mode majority',
      'info c is back: in sync again',
    ]);
    expect(told(others[0]!)).toEqual([down('a'), 'info a is back: in sync again']);
  });
});
