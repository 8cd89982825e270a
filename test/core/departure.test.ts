import { beforeEach, describe, expect, test } from '@jest/globals';
import type { OperatorError } from '../../src/core/model/errors.js';
import type { UndoResult } from '../../src/core/resolution/undo.js';
import { innardsOf } from './support/innards.js';
import { MiniCluster, type MiniNode, TIMEOUT_MS } from './support/mini-cluster.js';

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

  test('undoes nothing: nobody would take what that writes', () => {
    const { cluster, c } = clusterWithFarewell();
    cluster.start(c);
    const request = { incident: 'any', key: null, dryRun: false };
    let code = '';
    c.live.operator.undo(request, {
      resolve: () => {},
      reject: (error) => {
        code = (error as OperatorError).code;
      },
    });
    expect(code).toBe('refused');
  });
});

describe('a member that leaves while it carries out what overrides something says so afterwards', () => {
  const fail = (error: Error): never => {
    throw error;
  };

  /** a and b have written apart from c, which has written last; their islands are held apart. */
  function splitCluster(): { cluster: MiniCluster; a: MiniNode; b: MiniNode; c: MiniNode } {
    const cluster = new MiniCluster({ 'on-heal': 'manual' });
    const [a, b, c] = [cluster.add('a'), cluster.add('b'), cluster.add('c')];
    cluster.run(2000);
    cluster.partition([a, b], [c]);
    cluster.run(2 * TIMEOUT_MS);
    for (const node of [a, c]) node.set('key', `by ${node.name}`);
    cluster.heal();
    cluster.until(() => cluster.nodes.every((node) => node.live.status.records.openIncidents().length === 1));
    return { cluster, a, b, c };
  }

  function end(cluster: MiniCluster, node: MiniNode): void {
    cluster.until(() => node.live.departure.hasLeft);
    cluster.stop(node);
    cluster.run(2000);
  }

  test('a promotion', () => {
    const { cluster, a, b, c } = splitCluster();
    // All that a must wait for comes before the other island is read.
    cluster.delayMs = ({ type }) => (type === 'read-reply' ? 3 * TIMEOUT_MS : 0);
    a.live.departure.leave();
    a.live.operator.resolve({ kind: 'promote', node: a.replica }, new Map(), null, { resolve: () => {}, reject: fail });
    end(cluster, a);
    expect([b.get('key'), c.get('key')]).toEqual(['by a', 'by a']);
  });

  test('an undo', () => {
    const { cluster, a, b, c } = splitCluster();
    const incident = a.live.status.records.openIncidents()[0]!.id;
    a.live.operator.resolve({ kind: 'promote', node: a.replica }, new Map(), null, { resolve: () => {}, reject: fail });
    cluster.until(() => cluster.areAll('key', 'by a'));
    cluster.run(2000);
    const beats = innardsOf(b.live).peers.get(a.replica)!.beat!.count;
    a.live.departure.leave();
    // b knows: with the next tick a could say so.
    cluster.until(() => (innardsOf(a.live).peers.get(b.replica)!.beat?.echo?.count ?? 0) > beats);
    expect(a.live.departure.saidFarewell).toBe(false);
    let result: UndoResult | null = null;
    const wait = {
      resolve: (undone: UndoResult): void => {
        result = undone;
      },
      reject: fail,
    };
    a.live.operator.undo({ incident, key: null, dryRun: false }, wait);
    a.live.departure.tick();
    end(cluster, a);
    expect(result).toMatchObject({ restored: 1 });
    expect([b.get('key'), c.get('key')]).toEqual(['by c', 'by c']);
  });
});

describe('a node that joins where a member leaves', () => {
  let cluster: MiniCluster;
  let c: MiniNode;

  beforeEach(() => {
    // As is usual: a joiner that has no settings yet beats accordingly.
    cluster = new MiniCluster({ 'failure-timeout': 5000 });
    for (const name of ['a', 'b']) cluster.add(name);
    c = cluster.add('c');
    cluster.run(2000);
  });

  /** d, which reaches c alone. */
  function joinsAtC(): MiniNode {
    const others = cluster.nodes.filter((node) => node !== c);
    const d = cluster.add('d');
    cluster.partition(others, [d]);
    return d;
  }

  test('is not let in there, and joins elsewhere', () => {
    cluster.isLost = (message, from) => from === c && message.type === 'changes';
    c.live.departure.leave();
    cluster.until(() => c.live.departure.saidFarewell);
    const d = joinsAtC();
    cluster.run(1000);
    expect(c.live.status.records.member(d.replica)).toBeUndefined();
    cluster.isLost = () => false;
    cluster.heal();
    cluster.until(() => d.live.state === 'serving');
    expect(d.log).toContain('info in sync with a');
  });

  test('takes no snapshot there after the farewell, though it was let in before, but elsewhere', () => {
    cluster.delayMs = ({ type }) => (type === 'snapshot-request' ? 7000 : 0);
    const d = joinsAtC();
    cluster.until(() => c.live.status.peers.has(d.replica));
    c.live.departure.leave();
    cluster.until(() => c.live.departure.saidFarewell);
    cluster.run(7000);
    cluster.delayMs = () => 0;
    cluster.heal();
    cluster.until(() => d.live.state === 'serving');
    expect(d.log.filter((line) => / received from /.test(line))).toEqual(['info 0 entries received from a']);
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

test('a member that is forgotten while it is compared is held apart no more', () => {
  const cluster = new MiniCluster();
  const [a, , c] = [cluster.add('a'), cluster.add('b'), cluster.add('c')];
  cluster.run(2000);
  const { peers, separations } = innardsOf(a.live);
  const { link } = peers.get(c.replica)!;
  a.live.operator.forget(c.replica);
  a.live.receive(link, { type: 'gate', state: 'split' });
  cluster.run(2000);
  expect(separations.has(c.replica)).toBe(false);
});
