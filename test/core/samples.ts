import fc from 'fast-check';
import type { Bytes } from '../../src/core/model/bytes.js';
import type { Entry } from '../../src/core/model/entry.js';
import { HybridClock } from '../../src/core/model/hlc.js';
import { type VectorData, VersionVector } from '../../src/core/model/vector.js';
import { type Origin, originOf, type ReplicaId } from '../../src/core/model/version.js';
import { Replica } from '../../src/core/replication/replica.js';
import type { Group } from '../../src/core/store/store.js';
import { MemoryStorage } from './support/memory-store.js';

export const [A, B, C, D]: readonly [ReplicaId, ReplicaId, ReplicaId, ReplicaId] = [
  '00000000000000aa',
  '00000000000000bb',
  '00000000000000cc',
  '00000000000000dd',
];
export const [A1, A2, A3] = [originOf(A, 1), originOf(A, 2), originOf(A, 3)] as const;
export const B1 = originOf(B, 1);
export const C1 = originOf(C, 1);

/** Unix time in milliseconds at which the samples play. */
export const NOW_MS = Date.UTC(2024, 0, 1);

/** Keys that tend to be mixed up: prefixes of each other, empty, with the least and the greatest byte. */
export const KEYS: readonly Bytes[] = ['', '\0', '\0\0', '\xff', '\xff\0', 'doc', 'doc2'].map((key) => bytes(key));
export const anyKey: fc.Arbitrary<Bytes> = fc.constantFrom(...KEYS);

/** One byte per character. */
export function bytes(text: string): Bytes {
  return Buffer.from(text, 'latin1');
}

export function text(value: Bytes | null | undefined): string | null | undefined {
  return value == null ? value : Buffer.from(value).toString('latin1');
}

export function entry(key: string | Bytes, value: string | null, more: Partial<Entry> = {}): Entry {
  const seq = more.seq ?? 1;
  return {
    key: typeof key === 'string' ? bytes(key) : key,
    value: value === null ? null : bytes(value),
    hlc: seq * 4096,
    origin: A1,
    seq,
    expiryMs: 0,
    ...more,
  };
}

export function vectorData(seqs: Record<Origin, number> = {}, floors: Record<ReplicaId, number> = {}): VectorData {
  return { seqs, floors };
}

export function vector(seqs: Record<Origin, number> = {}, floors: Record<ReplicaId, number> = {}): VersionVector {
  return VersionVector.from({ seqs, floors });
}

export interface TestNode {
  readonly clock: HybridClock;
  readonly storage: MemoryStorage;
  readonly replicas: Readonly<Record<Group, Replica>>;
  readonly data: Replica;
}

/** A node's replicas over plain memory. Its wall clock stands at NOW_MS unless told otherwise. */
export function testNode(origin: Origin, nowMs: () => number = () => NOW_MS): TestNode {
  const clock = new HybridClock(nowMs);
  const storage = new MemoryStorage();
  const data = new Replica('data', origin, storage.store('data'), clock);
  const system = new Replica('system', origin, storage.store('system'), clock);
  return { clock, storage, data, replicas: { data, system } };
}

/** What a reader finds under a key: undefined if nothing was ever there, null if it was deleted. */
export function valueAt(replica: Replica, key: string | Bytes): string | null | undefined {
  return text(replica.store.get(typeof key === 'string' ? bytes(key) : key)?.value);
}

/** Bring `to` up to what `from` has, in batches of about `bytesMax`. Gives whether it worked without a snapshot. */
export function catchUp(from: Replica, to: Replica, bytesMax = 1 << 20): boolean {
  for (;;) {
    const { ranges, behind, complete } = from.ranges(to.vector, { bytesMax });
    for (const range of ranges) if (!to.receive(range)) return false;
    if (behind) return false;
    if (complete) return true;
  }
}
