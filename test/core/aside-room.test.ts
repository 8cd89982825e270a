import { describe, expect, test } from '@jest/globals';
import type { OperatorError } from '../../src/core/model/errors.js';
import type { UndoResult } from '../../src/core/resolution/undo.js';
import { MiniCluster, type MiniNode, TIMEOUT_MS } from './support/mini-cluster.js';

const KEYS = ['one', 'two', 'three'];

/** Two islands of one node each, which wrote three keys apart, and have met again. */
function split(onHeal: string, entries: number): MiniCluster {
  const cluster = new MiniCluster({ 'on-heal': onHeal }, undefined, { entries, bytes: 0 });
  const [a, b] = [cluster.add('a'), cluster.add('b')];
  cluster.until(() => [a, b].every(({ live }) => live.state === 'serving' && live.status.peers.size === 1));
  cluster.partition([a], [b]);
  cluster.run(2 * TIMEOUT_MS);
  for (const key of KEYS) a.set(key, 'a');
  cluster.run(10);
  for (const key of KEYS) b.set(key, 'b');
  cluster.heal();
  cluster.until(() => [a, b].every((node) => node.live.status.records.incidentList().length === 1));
  return cluster;
}

const openIncidents = (node: MiniNode): number => node.live.status.records.openIncidents().length;
const problemOf = (node: MiniNode): string | null => node.live.status.records.openIncidents()[0]?.problem ?? null;
const all = (node: MiniNode): (string | undefined)[] => KEYS.map((key) => node.get(key));

function merge(cluster: MiniCluster, node: MiniNode): OperatorError | null {
  let ended: OperatorError | null | undefined;
  node.live.operator.resolve({ kind: 'merge', policy: 'lww' }, new Map(), null, {
    resolve: () => {
      ended = null;
    },
    reject: (error) => {
      ended = error as OperatorError;
    },
  });
  cluster.until(() => ended !== undefined);
  return ended!;
}

function undo(cluster: MiniCluster, node: MiniNode): UndoResult | OperatorError {
  const { id } = node.live.status.records.incidentList()[0]!;
  let ended: UndoResult | OperatorError | undefined;
  const end = (told: UndoResult | Error): void => {
    ended = told as UndoResult | OperatorError;
  };
  node.live.operator.undo({ incident: id, key: null, dryRun: false }, { resolve: end, reject: end });
  cluster.until(() => ended !== undefined);
  return ended!;
}

describe('a resolution that would set aside more than its node may hold', () => {
  test('is refused with the limit and what it would have to be, and nothing is changed; with that it goes on', () => {
    const cluster = split('manual', 2);
    const [a, b] = cluster.nodes as [MiniNode, MiniNode];
    const refusal = merge(cluster, a);
    expect(refusal?.code).toBe('refused');
    expect(refusal?.message).toContain('it would set aside 3 values; the limit set-aside is 2, and 0 are now');
    expect(refusal?.hint).toEqual({ code: 'more-room', limit: 'entries', wanted: 3, node: 'a' });
    expect([all(a), all(b)]).toEqual([Array(3).fill('a'), Array(3).fill('b')]);
    expect(a.live.status.asideRoom.met.entries).toBe(1);
    cluster.setAside = { entries: 3, bytes: 0 };
    cluster.stop(a);
    cluster.start(a);
    cluster.until(() => a.live.status.peers.size === 1 && a.live.state === 'serving');
    expect(merge(cluster, a)).toBe(null);
    cluster.until(() => KEYS.every((key) => cluster.areAll(key, 'b')));
    expect(a.live.status.asideRoom.inUse.entries).toBe(3);
    cluster.run(TIMEOUT_MS);
    expect(a.live.problems.list().map(({ kind }) => kind)).toEqual(['set-aside']);
  });

  test('waits where it was the heal that began it, and is not tried again and again; once there is room it ends', () => {
    const cluster = split('merge', 2);
    const [a, b] = cluster.nodes as [MiniNode, MiniNode];
    cluster.until(() => problemOf(b)?.includes('would set aside') === true);
    cluster.run(1000);
    const logged = a.log.length + b.log.length;
    cluster.run(30_000);
    expect(a.log.length + b.log.length).toBe(logged);
    expect([all(a), all(b)]).toEqual([Array(3).fill('a'), Array(3).fill('b')]);
    cluster.setAside = { entries: 3, bytes: 0 };
    for (const node of [a, b]) {
      cluster.stop(node);
      cluster.start(node);
    }
    cluster.until(() => KEYS.every((key) => cluster.areAll(key, 'b')) && openIncidents(a) === 0);
    expect(a.live.status.records.incidentList()[0]?.setAside).toBe(3);
  });

  test('is refused for the bytes of the values too', () => {
    const cluster = split('manual', 0);
    cluster.setAside = { entries: 0, bytes: 1000 };
    const [a] = cluster.nodes as [MiniNode];
    cluster.stop(a);
    cluster.start(a);
    cluster.until(() => a.live.status.peers.size === 1 && a.live.state === 'serving');
    expect(merge(cluster, a)?.hint).toMatchObject({ code: 'more-room', limit: 'bytes' });
  });
});

describe('what is set aside already', () => {
  test('leaves no room for an undo, which is refused before it changes anything', () => {
    const cluster = split('merge', 4);
    const [a] = cluster.nodes as [MiniNode];
    cluster.until(() => KEYS.every((key) => cluster.areAll(key, 'b')) && openIncidents(a) === 0);
    expect(undo(cluster, a)).toMatchObject({ code: 'refused', hint: { code: 'more-room', wanted: 6 } });
    expect(all(a)).toEqual(Array(3).fill('b'));
  });
});
