import { describe, expect, test } from '@jest/globals';
import { MiniCluster, type MiniNode } from './support/mini-cluster.js';

describe('a member that is stopped between its farewell and the news of it', () => {
  /** c has written that it left; nobody has heard. */
  function clusterWithFarewell(): { cluster: MiniCluster; a: MiniNode; c: MiniNode } {
    const cluster = new MiniCluster();
    const [a, , c] = [cluster.add('a'), cluster.add('b'), cluster.add('c')];
    cluster.run(2000);
    c.set('mine', '1');
    cluster.run(1000);
    cluster.isLost = (message, from) => from === c && message.type === 'changes';
    c.live.departure.leave();
    cluster.until(() => c.live.departure.saidFarewell);
    cluster.stop(c);
    cluster.isLost = () => false;
    return { cluster, a, c };
  }

  test('takes no writes when it comes back: whoever hears of the farewell would take none of them', () => {
    const { cluster, c } = clusterWithFarewell();
    cluster.partition(
      [c],
      cluster.nodes.filter((node) => node !== c),
    );
    cluster.start(c);
    cluster.run(3000);
    expect(c.live.state).toBe('stopping');
    expect(c.live.departure.hasLeft).toBe(false);
  });

  test('has left once a member knows', () => {
    const { cluster, a, c } = clusterWithFarewell();
    cluster.start(c);
    cluster.until(() => c.live.departure.hasLeft);
    expect(a.live.status.records.member(c.replica)?.state).toBe('left');
    expect(a.get('mine')).toBe('1');
  });
});

test('what a member sent before it was forgotten, and that comes after the news, is not taken in', () => {
  const cluster = new MiniCluster();
  const [a, b, c] = [cluster.add('a'), cluster.add('b'), cluster.add('c')];
  cluster.run(2000);
  // Of one round of messages those of a come first.
  a.live.operator.forget(c.replica);
  c.set('late', '1');
  cluster.settle();
  expect(b.live.status.records.member(c.replica)?.state).toBe('forgotten');
  expect(b.get('late')).toBeUndefined();
});

test('a member that is stopped before its first beat counts as stopped, not as failed', () => {
  const cluster = new MiniCluster();
  const a = cluster.add('a');
  cluster.run(2000);
  cluster.isLost = ({ type }) => type === 'beat';
  const b = cluster.add('b');
  cluster.until(() => a.log.includes('info b joins from b'));
  b.live.departure.stop();
  cluster.until(() => a.log.includes('info b is stopping'));
  cluster.stop(b);
  cluster.run(20_000);
  expect(a.log.filter((line) => / down/.test(line))).toEqual(['info b counts as down: it was stopped']);
});
