import { beforeEach, expect, jest, test } from '@jest/globals';
import { fullKey } from '../../src/core/model/entry.js';
import type { Message } from '../../src/core/replication/messages.js';
import { SLICES } from '../../src/core/store/slices.js';
import { innardsOf } from './support/innards.js';
import { MiniCluster, MiniNode } from './support/mini-cluster.js';

/** One buffer for all of them: 64 in a row exceed what a range may hold. */
const LARGE = Buffer.alloc(5 * 1024 * 1024);

let cluster: MiniCluster;
let a: MiniNode;
let counts: Partial<Record<Message['type'], number>>;

beforeEach(() => {
  cluster = new MiniCluster();
  a = cluster.add('a');
  cluster.run(100);
});

const write = (key: string): void => void a.live.write(fullKey(0, Buffer.from(key)), LARGE, 0);

/** b joins, and a writes as soon as it has sent its snapshot. Ends once b has all, and some seconds have passed. */
function joining(writes: () => void): MiniNode {
  counts = {};
  cluster.onDelivery = ({ type }) => {
    counts[type] = (counts[type] ?? 0) + 1;
    if (type === 'snapshot-end' && counts[type] === 1) writes();
  };
  const b = cluster.add('b');
  cluster.until(() => b.live.state === 'serving' && b.live.status.data.vector.coversAll(a.live.status.data.vector));
  cluster.run(3000);
  return b;
}

test('a joiner that lacks many large values, written after its snapshot, gets them one after the other', () => {
  const b = joining(() => {
    for (let i = 0; i < 64; i++) write(`large ${i}`);
  });
  expect(counts['snapshot-end']).toBe(1);
  expect(b.live.get(fullKey(0, Buffer.from('large 63')))?.value).toHaveLength(LARGE.length);
});

test('a joiner that lacks large values that can only be sent at once takes another snapshot, and has them with it', () => {
  const b = joining(() => {
    // A range that ends behind the first row must tell of the second: it has taken its place.
    for (let i = 0; i < 63; i++) write(`large ${i}`);
    write('large 0');
  });
  expect(counts['snapshot-end']).toBe(2);
  expect(b.live.get(fullKey(0, Buffer.from('large 62')))?.value).toHaveLength(LARGE.length);
  expect(a.live.status.data.store.logRowCount).toBe(0);
});

test('what cannot be sent to a member is gathered once, not in every turn, until it has a snapshot; records reach it meanwhile', () => {
  const b = cluster.add('b');
  cluster.run(3000);
  const gathered = jest.spyOn(innardsOf(a.live).replicas.data, 'ranges');
  cluster.delayMs = ({ type }) => (type === 'snapshot-request' ? 100 : 0);
  for (let i = 0; i < 63; i++) write(`large ${i}`);
  write('large 0');
  for (let turn = 0; turn < 20; turn++) cluster.settle();
  expect(gathered).toHaveBeenCalledTimes(1);
  expect(b.live.get(fullKey(0, Buffer.from('large 1')))).toBeUndefined();
  a.live.operator.changeSetting('set-aside-days', '3');
  cluster.settle();
  expect(b.live.status.records.settings()['set-aside-days']).toBe(3);
  cluster.until(() => b.live.status.data.vector.coversAll(a.live.status.data.vector));
  expect(b.live.get(fullKey(0, Buffer.from('large 62')))?.value).toHaveLength(LARGE.length);
});

test('a snapshot ends at its giver too when the gate of the member that asked for it shuts', () => {
  const small = new MiniCluster({}, { ...SLICES, partBytes: 100 });
  const [giver, taker] = [small.add('a'), small.add('b')];
  small.run(2000);
  for (let i = 0; i < 200; i++) giver.set(`key ${i}`, 'value');
  small.run(1000);
  // The taker has given it up in the meantime, and asks for no more parts.
  giver.live.receive(innardsOf(giver.live).peers.get(taker.replica)!.link, { type: 'snapshot-request', id: 1 });
  small.run(1000);
  expect(giver.live.isGiving).toBe(true);
  innardsOf(taker.live).separations.set(giver.replica, { sinceMs: 0, mark: { seqs: {}, floors: {} }, split: true });
  small.run(1000);
  expect(giver.live.isGiving).toBe(false);
});

test('what a joiner has of a member that was forgotten meanwhile, and nobody else had, does not bring back what was deleted', () => {
  const trio = new MiniCluster();
  const [one, former] = [trio.add('a'), trio.add('b')];
  trio.run(1000);
  trio.isLost = ({ type }, from, to) => type === 'changes' && from === former && to === one;
  const old = former.set('key', 'old');
  trio.run(100);
  trio.partition([one], [former, new MiniNode('c', '')]);
  // It has its snapshot, and is never told how far it has to follow the log until it is in.
  trio.isLost = ({ type }, from) => type === 'ack' && from === former;
  const joiner = trio.add('c');
  trio.until(() => joiner.live.status.data.vector.covers(old.origin, old.seq));
  expect(joiner.live.state).toBe('joining');
  one.set('key', 'new');
  one.set('key', null);
  trio.stop(former);
  trio.stop(joiner);
  one.live.operator.forget(former.replica);
  trio.isLost = () => false;
  trio.heal();
  trio.until(() => one.live.status.data.store.tombstoneCount === 0);
  trio.start(joiner);
  trio.until(() => joiner.live.state === 'serving');
  trio.run(3000);
  expect([one.get('key'), joiner.get('key')]).toEqual([undefined, undefined]);
});
