import { describe, expect, test } from '@jest/globals';
import { BUCKETS, type Bytes, bucketOf } from '../../src/core/model/bytes.js';
import type { Message, SnapshotPart } from '../../src/core/replication/messages.js';
import { BYTES_AHEAD, PARTS_AHEAD, SnapshotGiver, SnapshotTaker } from '../../src/core/replication/snapshot.js';
import { EntryUnpacker } from '../../src/core/store/entry-unpacker.js';
import type { PackedEntries } from '../../src/core/store/packed-entries.js';
import { GROUPS, type Group } from '../../src/core/store/store.js';
import { A1, B, B1, bytes, C1, catchUp, entry, KEYS, type TestNode, testNode, valueAt } from './samples.js';

/** All messages of a snapshot; `meanwhile` runs after each of them. */
function* messagesOf(giver: TestNode, meanwhile: (n: number) => void = () => {}): Generator<Message> {
  const source = new SnapshotGiver(7, giver.replicas, {});
  for (let n = 0; !source.isDone; n++) {
    const message = source.next();
    if (message !== null) yield message;
    source.credit(1);
    meanwhile(n);
  }
}

/** Hand over the first `limit` messages. Gives whether the snapshot came to its end. */
function handOver(
  messages: Iterable<Message>,
  to: TestNode,
  limit = Infinity,
  groups: readonly Group[] = GROUPS,
): boolean {
  let taker: SnapshotTaker | null = null;
  let count = 0;
  for (const message of messages) {
    if (count++ >= limit) return false;
    if (message.type === 'snapshot-begin') taker = new SnapshotTaker(message, to.replicas, groups);
    else if (message.type === 'snapshot-part') taker!.part(message);
    else if (message.type === 'snapshot-end') taker!.finish();
  }
  return true;
}

function partsOf(messages: Iterable<Message>, group: Group = 'data'): SnapshotPart[] {
  const parts: SnapshotPart[] = [];
  for (const one of messages) {
    if (one.type !== 'snapshot-part' || one.group !== group) continue;
    parts.push({ ...one, entries: { ...one.entries, words: one.entries.words.slice() } });
  }
  return parts;
}

/** Keys that are all in the same bucket. */
function neighbours(count: number): string[] {
  const keys: string[] = [];
  for (let i = 0; keys.length < count; i++) if (bucketOf(bytes(`n${i}`)) === 42) keys.push(`n${i}`);
  return keys;
}

function keysOf(packed: PackedEntries): Bytes[] {
  const entries = new EntryUnpacker(packed);
  const keys: Bytes[] = [];
  for (let entry = entries.next(); entry !== null; entry = entries.next()) keys.push(entry.key);
  return keys;
}

function put(node: TestNode, key: string, value: string | null): void {
  node.data.write(bytes(key), value === null ? null : bytes(value), 0);
}

test('from an empty node to an empty node: every bucket is said to be empty, and both stay so', () => {
  const [giver, taker] = [testNode(A1), testNode(B1)];
  const parts = partsOf(messagesOf(giver));
  expect(parts).toMatchObject([{ bucket: 0, through: BUCKETS - 1, last: true, entries: { count: 0 } }]);
  expect(handOver(messagesOf(giver), taker)).toBe(true);
  expect([taker.data.store.liveCount(), taker.data.vector.toData()]).toEqual([0, { seqs: {}, floors: {} }]);
});

test('an empty giver that has incorporated deletes empties the taker of them', () => {
  const [giver, taker] = [testNode(A1), testNode(B1)];
  for (const node of [giver, taker]) node.storage.store('data').advance(C1, 9);
  giver.data.store.trim(C1, 9);
  for (const [i, key] of KEYS.entries()) taker.data.store.put(entry(key, 'v', { origin: C1, seq: i + 1 }));
  taker.data.store.put(entry('later', 'v', { origin: C1, seq: 10 }));
  expect(handOver(messagesOf(giver), taker)).toBe(true);
  expect(KEYS.map((key) => valueAt(taker.data, key))).toEqual(KEYS.map(() => undefined));
  expect(valueAt(taker.data, 'later')).toBe('v');
});

test('the parts name every bucket once, in order, each with the entries of its buckets alone', () => {
  const giver = testNode(A1);
  for (let i = 0; i < 3000; i++) put(giver, `k${i}`, 'v'.repeat(200));
  const parts = partsOf(messagesOf(giver));
  expect(parts.length).toBeGreaterThan(4);
  let next = 0;
  for (const { bucket, through, last, entries } of parts) {
    expect([bucket, last]).toEqual([next, true]);
    expect(keysOf(entries).every((key) => bucketOf(key) >= bucket && bucketOf(key) <= through)).toBe(true);
    next = through + 1;
  }
  expect(next).toBe(BUCKETS);
  expect(parts.reduce((sum, { entries }) => sum + entries.count, 0)).toBe(3000);
});

describe('a bucket larger than a part', () => {
  const keys = neighbours(7);
  const big = 'x'.repeat(100_000);

  test('comes in slices, and nothing is swept before the last of them', () => {
    const [giver, taker] = [testNode(A1), testNode(B1)];
    for (const key of keys.slice(0, 6)) put(giver, key, big);
    put(giver, keys[6]!, 'gone');
    catchUp(giver.data, taker.data);
    giver.data.store.drop(bytes(keys[6]!));
    giver.data.store.trim(A1, 7);
    const slices = partsOf(messagesOf(giver)).filter(({ bucket, through }) => bucket <= 42 && through >= 42);
    expect(slices.map(({ last }) => last)).toEqual([...slices.slice(1).map(() => false), true]);
    expect(slices.length).toBeGreaterThan(2);
    expect(handOver(messagesOf(giver), taker)).toBe(true);
    expect(keys.map((key) => valueAt(taker.data, key)?.length)).toEqual([...Array(6).fill(big.length), undefined]);
  });

  test('one entry that is larger than a part fits into one', () => {
    const [giver, taker] = [testNode(A1), testNode(B1)];
    put(giver, keys[0]!, 'x'.repeat(500_000));
    put(giver, keys[1]!, 'small');
    expect(handOver(messagesOf(giver), taker)).toBe(true);
    expect([valueAt(taker.data, keys[0]!)?.length, valueAt(taker.data, keys[1]!)]).toEqual([500_000, 'small']);
  });

  test('changes to it between its slices arrive by the log', () => {
    const [giver, taker] = [testNode(A1), testNode(B1)];
    for (const key of keys.slice(0, 6)) put(giver, key, big);
    giver.data.store.trim(A1, 6);
    const changes = messagesOf(giver, (n) => {
      put(giver, keys[n % 6]!, n % 2 === 0 ? null : `changed ${n}`);
      if (n === 4) put(giver, keys[6]!, 'new');
    });
    expect(handOver(changes, taker)).toBe(true);
    expect(catchUp(giver.data, taker.data)).toBe(true);
    expect(keys.map((key) => valueAt(taker.data, key))).toEqual(keys.map((key) => valueAt(giver.data, key)));
    expect(valueAt(taker.data, keys[6]!)).toBe('new');
  });
});

describe('a taker that has data of its own', () => {
  test('keeps its own writes and greater versions; a covered lesser version is replaced', () => {
    const [giver, taker] = [testNode(A1), testNode(B1)];
    put(giver, 'shared', 'old');
    put(giver, 'theirs', 'v');
    catchUp(giver.data, taker.data);
    put(taker, 'shared', 'mine, later');
    put(taker, '', 'mine');
    put(giver, 'theirs', 'newer');
    giver.data.store.trim(A1, 3);
    expect(handOver(messagesOf(giver), taker)).toBe(true);
    expect(['shared', '', 'theirs'].map((key) => valueAt(taker.data, key))).toEqual(['mine, later', 'mine', 'newer']);
    expect(taker.data.vector.toData().seqs).toEqual({ [A1]: 3, [B1]: 2 });
    expect(taker.data.ranges(giver.data.vector, { bytesMax: 1e6 })).toMatchObject({ behind: false, complete: true });
  });

  test('takes tombstones, and floors of origins that have retired', () => {
    const [giver, taker] = [testNode(A1), testNode(B1)];
    put(giver, 'k', 'v');
    catchUp(giver.data, taker.data);
    put(giver, 'k', null);
    giver.data.store.trim(A1, 2);
    giver.data.store.retire(B, 1);
    handOver(messagesOf(giver), taker);
    expect([valueAt(taker.data, 'k'), taker.data.store.tombstoneCount]).toEqual([null, 1]);
    expect(taker.data.vector.toData().floors).toEqual({ [B]: 1 });
  });

  test('cannot serve from its own log what it has gained: it tells others so', () => {
    const [giver, taker] = [testNode(A1), testNode(B1)];
    for (const key of ['a', 'b', 'c']) put(giver, key, 'v');
    giver.data.store.trim(A1, 2);
    handOver(messagesOf(giver), taker);
    expect([taker.data.vector.get(A1), taker.data.store.floor(A1)]).toEqual([2, 2]);
    expect(taker.data.ranges(testNode(C1).data.vector, { bytesMax: 1e6 }).behind).toBe(true);
  });

  test('over a held link takes the records of the cluster alone', () => {
    const [giver, taker] = [testNode(A1), testNode(B1)];
    put(giver, 'k', 'v');
    put(taker, 'mine', 'v');
    giver.replicas.system.write(bytes('member/x'), bytes('{}'), 0);
    for (const group of GROUPS) giver.replicas[group].store.trim(A1, 1);
    expect(handOver(messagesOf(giver), taker, Infinity, ['system'])).toBe(true);
    expect([valueAt(taker.data, 'k'), valueAt(taker.data, 'mine')]).toEqual([undefined, 'v']);
    expect([taker.data.vector.get(A1), taker.replicas.system.vector.get(A1)]).toEqual([0, 1]);
  });
});

test('a key of the cluster records does not keep the same key of the data from being swept', () => {
  const [giver, taker] = [testNode(A1), testNode(B1)];
  giver.replicas.system.write(bytes('k'), bytes('v'), 0);
  put(giver, 'k', 'v');
  catchUp(giver.data, taker.data);
  giver.data.store.trim(A1, 1);
  giver.data.store.drop(bytes('k'));
  expect(handOver(messagesOf(giver), taker)).toBe(true);
  expect([valueAt(taker.replicas.system, 'k'), valueAt(taker.data, 'k')]).toEqual(['v', undefined]);
});

test('a snapshot that breaks off anywhere moves no vector, and the next one makes good', () => {
  const giver = testNode(A1);
  for (let i = 0; i < 2000; i++) put(giver, `k${i}`, 'v'.repeat(200));
  giver.data.store.trim(A1, 2000);
  const count = [...messagesOf(giver)].length;
  for (let limit = 1; limit < count; limit++) {
    const taker = testNode(B1);
    put(taker, 'mine', 'v');
    expect(handOver(messagesOf(giver), taker, limit)).toBe(false);
    expect(taker.data.vector.toData()).toEqual({ seqs: { [B1]: 1 }, floors: {} });
    expect(handOver(messagesOf(giver), taker)).toBe(true);
    expect([taker.data.store.liveCount(), taker.data.vector.get(A1), valueAt(taker.data, 'mine')]).toEqual([
      2001,
      2000,
      'v',
    ]);
  }
});

test('no more parts are under way than the taker has room for', () => {
  const giver = testNode(A1);
  for (let i = 0; i < 40; i++) put(giver, `k${i}`, 'v'.repeat(200_000));
  const separations = { [B]: { sinceMs: 1, mark: { seqs: {}, floors: {} }, split: true } };
  const source = new SnapshotGiver(7, giver.replicas, separations);
  expect(source.next()).toMatchObject({ type: 'snapshot-begin', id: 7, entryCount: 40, separations });
  let sent = 0;
  while (source.next() !== null) sent++;
  expect(sent).toBe(PARTS_AHEAD);
  source.credit(2);
  expect([source.next(), source.next(), source.next()].map((message) => message?.type)).toEqual([
    'snapshot-part',
    'snapshot-part',
    undefined,
  ]);
  expect(source.isDone).toBe(false);
});

test('of large entries so many bytes are under way, and the taker asks for more as it takes them in', () => {
  const giver = testNode(A1);
  for (let i = 0; i < 12; i++) put(giver, `k${i}`, 'v'.repeat(3_000_000));
  const source = new SnapshotGiver(7, giver.replicas, {});
  expect(source.next()!.type).toBe('snapshot-begin');
  const sizes: number[] = [];
  for (let part = source.next(); part !== null; part = source.next())
    if (part.type === 'snapshot-part') sizes.push(part.entries.words.byteLength);
  const last = sizes.at(-1)!;
  const sum = sizes.reduce((a, b) => a + b, 0);
  expect(sum - last).toBeLessThan(BYTES_AHEAD);
  expect(sum).toBeLessThan(BYTES_AHEAD + 4_000_000);
  source.credit(sizes.length);
  expect(source.next()!.type).toBe('snapshot-part');
});
