import { describe, expect, test } from '@jest/globals';
import { nextText } from '../../src/hints/next-steps.js';
import { MiniCluster, type MiniNode, TIMEOUT_MS } from './support/mini-cluster.js';

function clusterOf(names: string): { cluster: MiniCluster; nodes: MiniNode[] } {
  const cluster = new MiniCluster({ 'partition-mode': 'majority' });
  const nodes = [...names].map((name) => {
    const node = cluster.add(name);
    cluster.until(() => cluster.nodes.every(isServing));
    return node;
  });
  cluster.until(() => isWhole(nodes));
  return { cluster, nodes };
}

const isServing = ({ live }: MiniNode): boolean => live.state === 'serving';
const namesAt = ({ live }: MiniNode): string =>
  live.status.records
    .active()
    .map((one) => one.name)
    .join('');
const problemsOf = ({ live }: MiniNode) =>
  live.problems.list().map((problem) => ({ ...problem, next: nextText(problem.next) }));

/** Every member knows every member, serves, and exchanges data with all. */
function isWhole(nodes: readonly MiniNode[]): boolean {
  return nodes.every(({ live }) => {
    const peers = [...live.status.peers.values()];
    const isOpen = peers.length === nodes.length - 1 && peers.every((peer) => peer.isOpen);
    return isOpen && live.state === 'serving' && live.status.records.active().length === nodes.length;
  });
}

/** A cut that both sides have noticed. */
function cut(cluster: MiniCluster, minority: MiniNode[], majority: MiniNode[]): void {
  cluster.partition(minority, majority);
  cluster.until(() => minority.every(({ live }) => live.state === 'no-quorum'));
  cluster.run(2 * TIMEOUT_MS);
}

describe('in majority mode, after a minority was forced', () => {
  test('to forget one of the majority, that one stays, and all are members again', () => {
    const { cluster, nodes } = clusterOf('abc');
    const [a, b, c] = nodes as [MiniNode, MiniNode, MiniNode];
    cut(cluster, [a], [b, c]);
    a.live.operator.forget(b.replica);
    b.set('k', 'majority');
    cluster.heal();
    cluster.until(() => isWhole(nodes));
    cluster.run(4 * TIMEOUT_MS);
    expect(cluster.stopped).toEqual([]);
    expect(isWhole(nodes)).toBe(true);
    expect(cluster.areAll('k', 'majority')).toBe(true);
    expect(nodes.flatMap(problemsOf)).toEqual([]);
  });

  test('to forget all of the majority, these go on, and both sides say what to do', () => {
    const { cluster, nodes } = clusterOf('abc');
    const [a, b, c] = nodes as [MiniNode, MiniNode, MiniNode];
    cut(cluster, [a], [b, c]);
    for (const { replica } of [b, c]) a.live.operator.forget(replica);
    expect(a.live.state).toBe('serving');
    cluster.heal();
    cluster.run(4 * TIMEOUT_MS);
    expect(cluster.stopped).toEqual([]);
    expect([namesAt(a), namesAt(b), namesAt(c)]).toEqual(['a', 'abc', 'abc']);
    expect([b, c].every(isServing)).toBe(true);
    const join = (from: string) => expect.stringContaining(`mneme cluster join ${from} --set-aside-data`);
    for (const one of [b, c])
      expect(problemsOf(one)).toMatchObject([
        { text: expect.stringMatching(`^a has forgotten ${one.name} without a majority`), next: join(one.name) },
      ]);
    expect(problemsOf(a)).toMatchObject([
      { text: expect.stringMatching('^b was forgotten here .* runs on at b'), next: join('b') },
      { text: expect.stringMatching('^c was forgotten here .* runs on at c'), next: join('c') },
    ]);
    b.live.operator.forget(a.replica);
    cluster.run(TIMEOUT_MS);
    expect([b, c].flatMap(problemsOf)).toEqual([]);
  });

  test('to forget its way to a quorum of two islands, what it wrote is a split-brain, and nobody stops', () => {
    const { cluster, nodes } = clusterOf('abcde');
    const [a, b, c, d, e] = nodes as [MiniNode, MiniNode, MiniNode, MiniNode, MiniNode];
    cut(cluster, [a, b], [c, d, e]);
    for (const { replica } of [c, d]) a.live.operator.forget(replica);
    cluster.until(() => isServing(a) && isServing(b));
    b.set('minority', '1');
    d.set('majority', '1');
    cluster.heal();
    cluster.until(() => isWhole(nodes));
    expect(cluster.stopped).toEqual([]);
    expect(cluster.areAll('minority', '1') && cluster.areAll('majority', '1')).toBe(true);
    for (const { live } of nodes)
      expect(live.status.records.incidentList()).toMatchObject([{ kind: 'split-brain', state: 'resolved' }]);
    expect(isServing(e)).toBe(true);
  });

  test('to change the rules, the majority keeps its own, and who was forgotten under the others stays', () => {
    const { cluster, nodes } = clusterOf('abc');
    const [a, b, c] = nodes as [MiniNode, MiniNode, MiniNode];
    cut(cluster, [a], [b, c]);
    a.live.operator.changeRule('partition-mode', 'available');
    a.live.operator.changeRule('failure-timeout', '600');
    a.live.operator.forget(b.replica);
    expect([a.live.state, b.live.state]).toEqual(['serving', 'serving']);
    cluster.heal();
    cluster.until(() => isWhole(nodes));
    expect(cluster.stopped).toEqual([]);
    for (const { live } of [a, b, c])
      expect(live.status.records.settings()).toMatchObject({ 'partition-mode': 'majority', 'failure-timeout': 500 });
  });
});

describe('in majority mode', () => {
  test('what a majority decides holds: a member that was cut off and forgotten stops', () => {
    const { cluster, nodes } = clusterOf('abc');
    const [a, b, c] = nodes as [MiniNode, MiniNode, MiniNode];
    cut(cluster, [a], [b, c]);
    b.live.operator.forget(a.replica);
    c.live.operator.changeRule('failure-timeout', '600');
    cluster.until(() => namesAt(c) === 'bc');
    cluster.heal();
    cluster.run(4 * TIMEOUT_MS);
    expect(new Set(cluster.stopped.map(({ name, code }) => `${name} ${code}`))).toEqual(new Set(['a forgotten']));
    expect([b, c].map(namesAt)).toEqual(['bc', 'bc']);
    expect(c.live.status.records.settings()['failure-timeout']).toBe(600);
  });

  test('a minority that was forced keeps what it decided where nobody holds a majority', () => {
    const { cluster, nodes } = clusterOf('abcd');
    const [a, b, c, d] = nodes as [MiniNode, MiniNode, MiniNode, MiniNode];
    cut(cluster, [a, b], [c, d]);
    cluster.stop(c);
    a.live.operator.forget(c.replica);
    cluster.heal();
    cluster.until(() => [a, b, d].every((one) => isServing(one) && namesAt(one) === 'abd'));
    cluster.start(c);
    cluster.run(4 * TIMEOUT_MS);
    expect(new Set(cluster.stopped.map(({ name }) => name))).toEqual(new Set(['c']));
  });

  test('a minority lets nobody in, and a majority does', () => {
    const { cluster, nodes } = clusterOf('abc');
    const [a, b, c] = nodes as [MiniNode, MiniNode, MiniNode];
    cluster.stop(b);
    cluster.stop(c);
    cluster.until(() => a.live.state === 'no-quorum');
    const d = cluster.add('d');
    cluster.run(4 * TIMEOUT_MS);
    expect([namesAt(a), d.live.state]).toEqual(['abc', 'joining']);
    cluster.start(b);
    cluster.until(() => isServing(d));
    expect([namesAt(a), namesAt(d)]).toEqual(['abcd', 'abcd']);
  });
});
