import { expect, test } from '@jest/globals';
import type { IncidentRecord } from '../../src/core/membership/records.js';
import { innardsOf } from './support/innards.js';
import { MiniCluster, type MiniNode, TIMEOUT_MS } from './support/mini-cluster.js';

test('a participant that has opened to a member which took no part stays apart: that one has what the plan did not see', () => {
  const cluster = new MiniCluster({ 'on-heal': 'manual' });
  const [a, b, c] = [cluster.add('a'), cluster.add('b'), cluster.add('c')];
  cluster.run(2000);
  cluster.partition([a], [b, c]);
  cluster.run(2 * TIMEOUT_MS);
  a.set('key', 'by a');
  b.set('other', '1');
  cluster.run(TIMEOUT_MS);
  // b stops; c writes on, and meets a.
  cluster.stop(b);
  cluster.run(2 * TIMEOUT_MS);
  c.set('key', 'by c');
  cluster.heal();
  const open = ({ live }: MiniNode): IncidentRecord[] => live.status.records.openIncidents();
  cluster.until(() => open(a).length === 1 && open(c).length === 1);

  // While a reads what c has, b comes back: it has opened to c, which waits for the end of the resolution.
  cluster.isLost = ({ type }) => type === 'read';
  const merge = (): void =>
    a.live.operator.resolve({ kind: 'merge', policy: 'lww' }, new Map(), null, { resolve: () => {}, reject: () => {} });
  merge();
  cluster.run(TIMEOUT_MS);
  cluster.start(b);
  cluster.until(() => innardsOf(b.live).peers.get(c.replica)?.ourGate === 'open');
  cluster.until(() => innardsOf(a.live).separations.isSplit(b.replica));
  expect(innardsOf(c.live).peers.get(b.replica)?.ourGate).toBe('comparing');

  // c vanishes from a's sight, which takes b alone for the other island.
  cluster.partition([a], [c]);
  cluster.isLost = () => false;
  const { id } = open(a)[0]!;
  cluster.until(() => cluster.nodes.every(({ live }) => live.status.records.incident(id)?.state === 'resolved'));
  cluster.until(() => open(a).length === 1);
  merge();
  cluster.until(() => open(a).length === 0 && cluster.areAll('key', 'by c'));
  expect(a.live.status.records.incidentList().map(({ setAside }) => setAside)).toContain(1);
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
  const open = ({ live }: MiniNode): IncidentRecord[] => live.status.records.openIncidents();
  cluster.until(() => open(a).length === 1 && open(c).length === 1);
  const merge = (): void =>
    a.live.operator.resolve({ kind: 'merge', policy: 'lww' }, new Map(), null, { resolve: () => {}, reject: () => {} });
  merge();
  cluster.until(() => open(a).length === 0 && a.get('key') === 'by c');
  cluster.heal();
  cluster.until(() => cluster.nodes.every((node) => open(node).length === 1));
  merge();
  cluster.until(() => cluster.nodes.every((node) => open(node).length === 0) && cluster.areAll('key', 'by b'));
  expect(a.live.status.records.incidentList().map(({ setAside }) => setAside)).toEqual([1, 1]);
});
