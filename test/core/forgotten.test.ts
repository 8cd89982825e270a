import { expect, test } from '@jest/globals';
import { nextText } from '../../src/hints/next-steps.js';
import { noteUnproven } from '../../src/node/former.js';
import { MiniCluster, MiniNode, TIMEOUT_MS } from './support/mini-cluster.js';

const MINUTE_MS = 60_000;

function problemsOf({ live }: MiniNode): { kind: string; text: string; next: string | null }[] {
  return live.problems.list().map(({ kind, text, next }) => ({ kind, text, next: nextText(next) }));
}

/** c is forgotten while it is away, and then a and b leave: of those that are members now it knows nobody. */
function orphaned(): { cluster: MiniCluster; a: MiniNode; c: MiniNode; d: MiniNode } {
  const cluster = new MiniCluster();
  const [a, b, c] = [cluster.add('a'), cluster.add('b'), cluster.add('c')];
  cluster.run(1000);
  cluster.stop(c);
  a.live.operator.forget(c.replica);
  const d = cluster.add('d');
  cluster.run(1000);
  for (const node of [a, b]) {
    node.live.departure.leave();
    cluster.until(() => cluster.stopped.some(({ name }) => name === node.name) || node.live.departure.hasLeft);
    cluster.stop(node);
  }
  return { cluster, a, c, d };
}

test('a node that was forgotten, and whose acquaintances are gone, says what a successor at one of their addresses tells it', () => {
  const { cluster, a, c, d } = orphaned();
  const e = cluster.replace(a, 'e');
  cluster.run(1000);
  expect(e.live.state).toBe('serving');
  cluster.start(c);
  cluster.run(4 * TIMEOUT_MS);
  expect(problemsOf(c)).toEqual([
    {
      kind: 'membership-doubted',
      text: expect.stringMatching(
        /^c was forgotten, says a node at a, .* of the members that are \(a, b\) none is in sight/,
      ),
      next: expect.stringMatching(/^mneme cluster status --node a\n[\s\S]*mneme cluster join a --set-aside-data/),
    },
  ]);
  expect(c.log.filter((line) => line.includes('was forgotten'))).toHaveLength(1);
  // It cannot be known to be true: a stranger could say it.
  expect(cluster.stopped.filter(({ name }) => name === 'c')).toEqual([]);
  expect(d.live.problems.list()).toEqual([]);
});

test('it says so no more once a member that it knows is in sight, whose word stands', () => {
  const cluster = new MiniCluster();
  const [a, b, c] = [cluster.add('a'), cluster.add('b'), cluster.add('c')];
  const placeOfD = new MiniNode('d', '');
  cluster.run(1000);
  cluster.stop(c);
  // b does not hear that c was forgotten.
  cluster.partition([b], [a, c, placeOfD]);
  a.live.operator.forget(c.replica);
  cluster.add('d');
  cluster.run(1000);
  cluster.stop(a);
  cluster.replace(a, 'e');
  cluster.run(1000);
  cluster.start(c);
  cluster.run(4 * TIMEOUT_MS);
  expect(problemsOf(c)).toMatchObject([{ kind: 'membership-doubted' }]);
  cluster.partition([b, c], [a, placeOfD]);
  cluster.run(4 * TIMEOUT_MS);
  expect(problemsOf(c)).toEqual([]);
  expect(cluster.stopped).toEqual([]);
});

test('a node that came back, and has found nobody for a minute, says that it may be a member no more', () => {
  const cluster = new MiniCluster();
  const [a, b] = [cluster.add('a'), cluster.add('b')];
  cluster.run(1000);
  cluster.stop(a);
  cluster.stop(b);
  cluster.start(b);
  cluster.run(4 * TIMEOUT_MS);
  expect(b.live.state).toBe('serving');
  expect([noteUnproven(b.storage, b.live, MINUTE_MS - 1), problemsOf(b)]).toEqual([true, []]);
  expect(noteUnproven(b.storage, b.live, MINUTE_MS)).toBe(true);
  expect(problemsOf(b)).toEqual([
    {
      kind: 'unproven',
      text: 'whether b is still a member is not known: a is not in sight',
      next: expect.stringContaining('mneme cluster start --peer ADDRESS'),
    },
  ]);
  cluster.start(a);
  cluster.run(4 * TIMEOUT_MS);
  expect([noteUnproven(b.storage, b.live, 2 * MINUTE_MS), problemsOf(b)]).toEqual([false, []]);
});
