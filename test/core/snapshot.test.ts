import { describe, expect, test } from '@jest/globals';
import { HybridClock } from '../../src/core/model/hlc.js';
import { originOf } from '../../src/core/model/version.js';
import { Replica } from '../../src/core/replication/replica.js';
import { PART_ENTRIES, SnapshotGiver, SnapshotTaker } from '../../src/core/replication/snapshot.js';
import { GROUPS, type Group } from '../../src/core/store/store.js';
import { MemoryStore } from './support/memory-store.js';

type Replicas = Record<Group, Replica>;

function makeReplicas(letter: string): Replicas {
  const clock = new HybridClock(() => 1_800_000_000_000);
  const origin = originOf(letter.repeat(16), 1);
  return Object.fromEntries(
    GROUPS.map((group) => [group, new Replica(group, origin, new MemoryStore(), clock)]),
  ) as Replicas;
}

const bytes = (text: string): Buffer => Buffer.from(text);
const put = (replicas: Replicas, key: string, value: string | null): void => {
  replicas.data.write(bytes(key), value === null ? null : bytes(value), 0);
};
const valueAt = (replicas: Replicas, key: string): string | null | undefined => {
  const entry = replicas.data.store.get(bytes(key));
  return entry?.value == null ? entry?.value : Buffer.from(entry.value).toString();
};

/** Hands a snapshot over; `meanwhile` runs after every message. */
function handOver(from: Replicas, to: Replicas, meanwhile: () => void = () => {}): void {
  const giver = new SnapshotGiver(1, from, {});
  let taker: SnapshotTaker | null = null;
  while (!giver.isDone) {
    const message = giver.next();
    giver.credit(1);
    if (message?.type === 'snapshot-begin') taker = new SnapshotTaker(message, to, GROUPS);
    else if (message?.type === 'snapshot-part') taker!.part(message);
    else if (message?.type === 'snapshot-end') taker!.finish();
    meanwhile();
  }
}

/** Every row of the giver's log reaches the taker too. */
function catchUp(from: Replicas, to: Replicas): void {
  for (const range of from.data.ranges(to.data.vector, { bytesMax: 1e9 }).ranges)
    expect(to.data.receive(range)).toBe(true);
}

describe('a snapshot', () => {
  test('goes on in parts of a few hundred entries, however small those are', () => {
    const [giver, taker] = [makeReplicas('a'), makeReplicas('b')];
    for (let i = 0; i < 2000; i++) put(giver, `k${i}`, '');
    const counts: number[] = [];
    const source = new SnapshotGiver(1, giver, {});
    for (let message = source.next(); !source.isDone; message = source.next()) {
      source.credit(1);
      if (message?.type === 'snapshot-part' && message.group === 'data') counts.push(message.entries.count);
    }
    handOver(giver, taker);
    expect(counts.length).toBe(Math.ceil(2000 / PART_ENTRIES));
    expect(Math.max(...counts)).toBeLessThan(PART_ENTRIES + 20);
    expect(taker.data.store.liveCount()).toBe(2000);
  });

  test('gives an empty node everything, and the log that the giver still has', () => {
    const [giver, taker] = [makeReplicas('a'), makeReplicas('b')];
    for (let i = 0; i < 300; i++) put(giver, `k${i}`, `v${i}`);
    giver.data.store.trim(giver.data.origin, 200);
    handOver(giver, taker);
    expect(taker.data.vector.get(giver.data.origin)).toBe(200);
    catchUp(giver, taker);
    expect(taker.data.vector.get(giver.data.origin)).toBe(300);
    expect(taker.data.store.liveCount()).toBe(300);
    expect(taker.data.store.logRowCount).toBe(giver.data.store.logRowCount);
  });

  test('drops what the giver’s vector covers and the snapshot lacks', () => {
    const [giver, taker] = [makeReplicas('a'), makeReplicas('b')];
    put(giver, 'gone', 'v');
    catchUp(giver, taker);
    put(giver, 'gone', null);
    giver.data.store.trim(giver.data.origin, 2);
    giver.data.store.drop(bytes('gone'));
    handOver(giver, taker);
    expect(valueAt(taker, 'gone')).toBeUndefined();
  });

  test('leaves alone what the giver’s vector does not cover', () => {
    const [giver, taker] = [makeReplicas('a'), makeReplicas('b')];
    put(taker, 'mine', 'v');
    put(giver, 'theirs', 'w');
    handOver(giver, taker);
    expect([valueAt(taker, 'mine'), valueAt(taker, 'theirs')]).toEqual(['v', 'w']);
  });

  test('that breaks off leaves the vector where it was', () => {
    const [giver, taker] = [makeReplicas('a'), makeReplicas('b')];
    for (let i = 0; i < 50; i++) put(giver, `k${i}`, 'v');
    giver.data.store.trim(giver.data.origin, 50);
    const source = new SnapshotGiver(1, giver, {});
    const begin = source.next();
    if (begin?.type !== 'snapshot-begin') throw new Error('no beginning');
    const half = new SnapshotTaker(begin, taker, GROUPS);
    const part = source.next();
    if (part?.type === 'snapshot-part') half.part(part);
    expect(taker.data.vector.get(giver.data.origin)).toBe(0);
  });

  test('misses nothing that is written while it is handed over', () => {
    const [giver, taker] = [makeReplicas('a'), makeReplicas('b')];
    for (let i = 0; i < 100; i++) put(giver, `k${i}`, 'old');
    giver.data.store.trim(giver.data.origin, 100);
    let n = 0;
    handOver(giver, taker, () => put(giver, `k${n++}`, 'new'));
    catchUp(giver, taker);
    for (let i = 0; i < 100; i++) expect(valueAt(taker, `k${i}`)).toBe(valueAt(giver, `k${i}`));
  });
});
