import { beforeEach, describe, expect, test } from '@jest/globals';
import { readSetAside } from '../../src/core/membership/records.js';
import { fullKey } from '../../src/core/model/entry.js';
import type { Strategy } from '../../src/core/resolution/strategy.js';
import { SLICES } from '../../src/core/store/slices.js';
import { innardsOf } from './support/innards.js';
import { MiniCluster, type MiniNode, TIMEOUT_MS } from './support/mini-cluster.js';

/** A turn writes one key down, or anew: what happens meanwhile happens between two of them. */
const STEP_BY_STEP = { ...SLICES, keys: 1, steps: 1 };
const KEYS = Array.from({ length: 20 }, (_, i) => `k${i}`);

let cluster: MiniCluster;
let a: MiniNode;
let b: MiniNode;
let c: MiniNode;
let d: MiniNode;

const isResolved = (node: MiniNode): boolean => node.live.status.records.openIncidents().length === 0;
const resolve = (node: MiniNode, strategy: Strategy): void =>
  node.live.operator.resolve(strategy, new Map(), null, { resolve: () => {}, reject: () => {} });

/** What is set aside of a key, as the node has it. */
function asideOf(node: MiniNode, key: string): string[] {
  return [...node.live.status.records.setAsideOf(fullKey(0, Buffer.from(key)))].flatMap((entry) => {
    const aside = readSetAside(entry, null);
    return aside?.value == null ? [] : [Buffer.from(aside.value).toString()];
  });
}

function undo(node: MiniNode): void {
  const { id } = node.live.status.records.incidentList()[0]!;
  node.live.operator.undo({ incident: id, key: null, dryRun: false }, { resolve: () => {}, reject: () => {} });
}

/** c has replaced b's value knowingly, later than a wrote its own, and each is an island; d is in that of a. */
function cutIntoThree(): void {
  cluster.partition([a, d], [b, c]);
  for (const key of KEYS) b.set(key, 'b');
  cluster.until(() => c.get(KEYS.at(-1)!) === 'b');
  cluster.run(2 * TIMEOUT_MS);
  for (const key of KEYS) a.set(key, 'a');
  cluster.partition([a, d], [b], [c]);
  cluster.run(2 * TIMEOUT_MS);
  b.set('of b', 'b');
  c.set('k0', 'c');
  c.set('of c', 'c');
  cluster.heal();
  cluster.until(() => cluster.nodes.every((node) => node.live.status.records.openIncidents()[0]?.islands.length === 3));
}

/** Once this is so, c is gone for good. */
function stopCOnce(condition: () => boolean, then: () => void = () => {}): void {
  cluster.onDelivery = () => {
    if (c.core === null || !condition()) return;
    cluster.stop(c);
    then();
  };
}

describe('of three islands one goes away', () => {
  beforeEach(() => {
    cluster = new MiniCluster({ 'on-heal': 'manual' }, STEP_BY_STEP);
    [a, b, c, d] = [...'abcd'].map((name) => cluster.add(name)) as [MiniNode, MiniNode, MiniNode, MiniNode];
    cluster.until(() => cluster.nodes.every(({ live }) => live.state === 'serving' && live.status.peers.size === 3));
    cutIntoThree();
  });

  test('once values are set aside: what it had replaced knowingly is set aside too, and what stands is so no more', () => {
    stopCOnce(() => innardsOf(a.live).records.setAsideCount > 0);
    resolve(a, { kind: 'merge', policy: 'lww' });
    cluster.until(() => isResolved(a) && isResolved(b) && cluster.areAll('k0', 'a'));
    expect([c.core, asideOf(b, 'k0'), asideOf(b, 'k1')]).toEqual([null, ['b'], ['b']]);
    expect(b.live.status.records.incidentList()[0]!.setAside).toBe(KEYS.length);
    undo(b);
    cluster.until(() => KEYS.every((key) => cluster.areAll(key, 'b')));
  });

  test('and then the executor: an undo brings back what was overridden in the end, whatever the first plan has left', () => {
    stopCOnce(
      () => asideOf(b, 'k0').length > 0,
      () => cluster.stop(a),
    );
    resolve(a, { kind: 'merge', policy: 'lww' });
    cluster.run(4 * TIMEOUT_MS);
    expect(b.live.status.records.openIncidents()[0]).toMatchObject({ state: 'open', executor: a.replica });
    expect(asideOf(b, 'k0')).toEqual(['a']);
    resolve(d, { kind: 'merge', policy: 'lww' });
    cluster.until(() => isResolved(b) && isResolved(d) && cluster.areAll('k0', 'a'));
    undo(b);
    cluster.until(() => KEYS.every((key) => cluster.areAll(key, 'b')));
  });

  test('and the executor while it writes values anew: what it had overridden stays set aside beside what another one overrides', () => {
    stopCOnce(
      () => d.get('k2') === 'b' && a.get('k9') === 'a',
      () => cluster.stop(a),
    );
    resolve(a, { kind: 'merge', policy: 'prefer', node: b.replica });
    cluster.run(4 * TIMEOUT_MS);
    b.set('k1', 'later');
    cluster.run(TIMEOUT_MS);
    resolve(d, { kind: 'merge', policy: 'prefer', node: b.replica });
    cluster.until(() => isResolved(b) && isResolved(d) && cluster.areAll('k1', 'later') && cluster.areAll('k9', 'b'));
    expect(KEYS.map((key) => asideOf(b, key)[0])).toEqual(KEYS.map(() => 'a'));
  });

  test('while values are written anew: what was overridden by then stays set aside, whatever is written meanwhile', () => {
    stopCOnce(
      () => a.get('k2') === 'b' && a.get('k9') === 'a',
      () => b.set('k1', 'later'),
    );
    resolve(a, { kind: 'merge', policy: 'prefer', node: b.replica });
    cluster.until(() => isResolved(a) && isResolved(b) && cluster.areAll('k1', 'later') && cluster.areAll('k2', 'b'));
    expect([c.core, ...KEYS.map((key) => asideOf(b, key))]).toEqual([null, ...KEYS.map(() => ['a'])]);
    undo(b);
    cluster.until(() => KEYS.every((key) => cluster.areAll(key, 'a')));
  });
});
