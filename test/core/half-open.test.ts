import { beforeEach, describe, expect, test } from '@jest/globals';
import type { IncidentRecord } from '../../src/core/membership/records.js';
import { innardsOf } from './support/innards.js';
import { MiniCluster, type MiniNode, TIMEOUT_MS } from './support/mini-cluster.js';

const open = ({ live }: MiniNode): IncidentRecord[] => live.status.records.openIncidents();
const merge = ({ live }: MiniNode): void =>
  live.operator.resolve({ kind: 'merge', policy: 'lww' }, new Map(), null, { resolve: () => {}, reject: () => {} });

describe('a resolution by a took in c, which has opened meanwhile to b, who took no part', () => {
  let cluster: MiniCluster;
  let a: MiniNode;
  let b: MiniNode;
  let c: MiniNode;
  /** Of a's resolution. */
  let id: string;

  beforeEach(() => {
    cluster = new MiniCluster({ 'on-heal': 'manual' });
    [a, b, c] = [cluster.add('a'), cluster.add('b'), cluster.add('c')];
    cluster.run(2000);
    cluster.partition([a], [c, b]);
    cluster.run(2 * TIMEOUT_MS);
    a.set('key', 'by a');
    c.set('other', '1');
    cluster.run(TIMEOUT_MS);
    // c stops; b writes on, and meets a.
    cluster.stop(c);
    cluster.run(2 * TIMEOUT_MS);
    b.set('key', 'by b');
    cluster.heal();
    cluster.until(() => open(a).length === 1 && open(b).length === 1);

    // While a reads what b has, c comes back: it has opened to b, which waits for the end of the resolution.
    cluster.isLost = ({ type }) => type === 'read';
    merge(a);
    cluster.run(TIMEOUT_MS);
    cluster.start(c);
    cluster.until(() => innardsOf(c.live).peers.get(b.replica)?.ourGate === 'open');
    cluster.until(() => innardsOf(a.live).separations.isSplit(c.replica));
    expect(innardsOf(b.live).peers.get(c.replica)?.ourGate).toBe('comparing');

    // b vanishes from a's sight, which takes c alone for the other island.
    cluster.partition([a], [b]);
    cluster.isLost = () => false;
    id = open(a)[0]!.id;
  });

  const isResolvedAt = ({ live }: MiniNode): boolean => live.status.records.incident(id)?.state === 'resolved';
  const staysApart = (): void => {
    merge(a);
    cluster.until(() => open(a).length === 0 && cluster.areAll('key', 'by b'));
    expect(a.live.status.records.incidentList().map(({ setAside }) => setAside)).toContain(1);
  };

  test('c stays apart: it has what the plan did not see', () => {
    cluster.until(() => cluster.nodes.every(isResolvedAt));
    cluster.until(() => open(a).length === 1);
    staysApart();
  });

  test('a does not take what c has for its own, while it lets c in and c stays apart', () => {
    cluster.until(() => cluster.nodes.every(isResolvedAt) && c.get('key') === 'by b');
    const acked = (): number =>
      innardsOf(a.live).acks.latest(c.replica)?.data.get(innardsOf(b.live).replicas.data.origin) ?? 0;
    cluster.until(() => acked() > 0);
    expect(open(a)).toEqual([]);
    cluster.partition([a, b], [c]);
    cluster.until(() => open(a).length === 1);
    expect(a.get('key')).toBe('by a');
    cluster.heal();
    staysApart();
  });
});

test('a member that one resolution has made of the other island is apart from whom that island was apart from', () => {
  const cluster = new MiniCluster({ 'on-heal': 'manual' });
  const [a, b, c] = [cluster.add('a'), cluster.add('b'), cluster.add('c')];
  let draws = 0;
  cluster.random = () => ++draws / 1000;
  cluster.run(2000);
  cluster.partition([a, b], [c]);
  cluster.run(2 * TIMEOUT_MS);
  for (const node of [a, c]) node.set('key', `by ${node.name}`);
  cluster.run(TIMEOUT_MS);
  // What b writes before it declares a down is not written apart from a, but it is from c.
  cluster.stop(a);
  cluster.run(10);
  b.set('key', 'by b');
  cluster.run(2 * TIMEOUT_MS);
  cluster.partition([a, c], [b]);
  cluster.start(a);
  cluster.until(() => open(a).length === 1 && open(c).length === 1);
  merge(a);
  cluster.until(() => open(a).length === 0 && a.get('key') === 'by c');
  cluster.heal();
  cluster.until(() => cluster.nodes.every((node) => open(node).length === 1));
  merge(a);
  cluster.until(() => cluster.nodes.every((node) => open(node).length === 0) && cluster.areAll('key', 'by b'));
  expect(a.live.status.records.incidentList().map(({ setAside }) => setAside)).toEqual([1, 1]);
});
