import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { BUCKETS, type Bytes } from '../../src/core/model/bytes.js';
import { type Entry, fullKey } from '../../src/core/model/entry.js';
import { HybridClock, hlcFromMs } from '../../src/core/model/hlc.js';
import { countBytes, PART, partKey, scoreIn } from '../../src/core/model/parts.js';
import type { CollectionView } from '../../src/core/replication/collection-view.js';
import { Collections, type Shape } from '../../src/core/replication/collections.js';
import { Replica } from '../../src/core/replication/replica.js';
import type { Store } from '../../src/core/store/store.js';
import { SlabStore } from '../../src/engines/embedded/slab/slab-store.js';
import { scoreBytes } from '../../src/fronts/resp/collection.js';
import { MemoryStore } from '../core/support/memory-store.js';
import { bytes, ORIGIN, ORIGINS } from './support/entries.js';
import { batchOf, bulk, performShort, repliesOf } from './support/short-batches.js';
import { hex, storeState } from './support/state.js';

const TINY = { bytesMin: 1 << 10, bytesMax: 1 << 12, linearBytesMax: 1 << 24, awakeMax: 1, foldAfterMs: 0 };
/** So little that is known to compiled code that much of a store is not. */
const NARROW = { ...TINY, linearBytesMax: 0x90000 + (1 << 17) };
const START_MS = Date.UTC(2026, 0, 1);

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

test.each([
  ['there is room for all', TINY],
  ['much has to be elsewhere', NARROW],
])('commands of one part have the same outcome in compiled code as one by one, where %s', (_, sizes) => {
  fc.assert(
    fc.property(fc.array(stepArbitrary(), { maxLength: 80, size: 'max' }), (steps) => {
      const both = new Both(sizes);
      for (const step of steps) {
        both.perform(step);
      }
      both.compare();
      both.compareAll();
      jest.clearAllTimers();
    }),
    { numRuns: 100 },
  );
});

test('the writes of parts by compiled code are seen by who watches a key, each time', () => {
  const both = new Both(TINY);
  const key = fullKey(0, bytes('k'));
  both.perform({ requests: [{ name: 'HSET', key: 'k', part: 'a', value: '1' }] });
  const seen = new Set<number>();
  for (let i = 0; i < 5; i++) {
    both.perform({ requests: [{ name: 'HSET', key: 'k', part: 'a', value: String(i) }] });
    seen.add(both.slabs.collections.changesOf(key));
  }
  expect([seen.size, both.compiled]).toEqual([5, 5]);
});

test('keys of which compiled code reads a part count as used', () => {
  const both = new Both(TINY);
  const keys = Array.from({ length: 64 }, (_, i) => `key-${i}`);
  const read = (name: Name, some: string[]): void =>
    both.perform({ requests: some.map((key) => ({ name, key, part: 'a', value: '1' })) });
  read('HSET', keys);
  both.slabs.store.noteUses();
  read('HGET', keys.slice(0, 32));
  expect(both.compiled).toBe(32);
  let random = 0;
  const victims = Array.from({ length: 256 }, () =>
    both.slabs.store.victim('allkeys-lru', () => (random = (random + 0.381966) % 1)),
  );
  const read32 = keys.slice(0, 32).map((key) => hex(keyOf(key)));
  // Of those and others there are as many; a sample of a few keys mostly has one of the others.
  expect(victims.filter((key) => read32.includes(hex(key!))).length).toBeLessThan(victims.length / 3);
});

// ---

type Name = 'HGET' | 'HSET' | 'SADD' | 'SISMEMBER' | 'ZADD' | 'INCR';

interface Request {
  name: Name;
  key: string;
  part: string;
  value: string;
}

type Step =
  | { requests: Request[] }
  | { deletes: string }
  | { sets: string; value: string }
  | { deletesPart: string; key: string; of: 'field' | 'member' | 'score' }
  | { expires: string; inMs: number }
  | { passesMs: number }
  | { arrives: string; key: string; of: 'field' | 'member' | 'score' | 'count'; beforeMs: number }
  | { arrivesWhole: string; beforeMs: number }
  | { sweeps: number }
  | { folds: true }
  /** Whoever reads a key settles what has expired of it. */
  | { compares: true };

const KEYS = ['k', 'key-of-some-length', '', 'k'.repeat(200)];
const PARTS = ['a', 'b', '', 'a part with a longer name', 'c', 'd'];

function stepArbitrary(): fc.Arbitrary<Step> {
  const key = fc.constantFrom(...KEYS.slice(0, 2), 'k', 'k', ...KEYS);
  const part = fc.constantFrom(...PARTS);
  const of = fc.constantFrom('field', 'member', 'score' as const);
  const name = fc.constantFrom<Name>('HGET', 'HSET', 'HSET', 'SADD', 'SISMEMBER', 'ZADD', 'ZADD', 'INCR', 'INCR');
  const value = fc.constantFrom('1', '2', '-3', '1.5', '000000000012', '0', 'x', 'inf', '999999999999999');
  const request = fc.record({ name, key, part, value });
  // Mostly of one kind, or one kind would hide the others.
  const ofOne = fc
    .tuple(name, key, fc.array(request, { minLength: 1, maxLength: 20 }))
    .map(([one, k, list]) => list.map((each) => ({ ...each, name: one, key: k })));
  return fc.oneof(
    { weight: 6, arbitrary: fc.record({ requests: ofOne }) },
    { weight: 2, arbitrary: fc.record({ requests: fc.array(request, { minLength: 1, maxLength: 10 }) }) },
    fc.record({ deletes: key }),
    fc.record({ sets: key, value }),
    fc.record({ deletesPart: part, key, of }),
    fc.record({ expires: key, inMs: fc.constantFrom(0, 1, 1000) }),
    fc.record({ passesMs: fc.constantFrom(1, 1, 5000) }),
    fc.record({
      arrives: part,
      key,
      of: fc.constantFrom('field', 'member', 'score', 'count' as const),
      beforeMs: fc.nat(3000),
    }),
    fc.record({ arrivesWhole: key, beforeMs: fc.nat(3000) }),
    { weight: 2, arbitrary: fc.constant({ compares: true as const }) },
    fc.record({ sweeps: fc.constantFrom(1, 1000) }),
    { weight: 3, arbitrary: fc.constant({ folds: true as const }) },
  );
}

class Both {
  nowMs = START_MS;
  compiled = 0;
  private foreign = 0;
  readonly slabs: Side;
  readonly plain = new Side(new MemoryStore(), () => this.nowMs);
  private readonly store: SlabStore;

  constructor(sizes: typeof TINY) {
    this.store = new SlabStore(sizes);
    this.slabs = new Side(this.store, () => this.nowMs);
  }

  perform(step: Step): void {
    const sides = [this.slabs, this.plain];
    if ('requests' in step) this.request(step.requests);
    else if ('deletes' in step) for (const side of sides) side.replica.write(keyOf(step.deletes), null, 0);
    else if ('sets' in step) for (const side of sides) side.replica.write(keyOf(step.sets), bytes(step.value), 0);
    else if ('deletesPart' in step)
      for (const side of sides) side.collections.delete(keyOf(step.key), step.of, bytes(step.deletesPart));
    else if ('expires' in step)
      for (const side of sides)
        side.collections.expire(keyOf(step.expires), step.inMs === 0 ? 0 : this.nowMs + step.inMs);
    else if ('passesMs' in step) this.nowMs += step.passesMs;
    else if ('sweeps' in step) for (const side of sides) side.store.sweepParts(step.sweeps);
    else if ('folds' in step) this.store.foldParts(this.nowMs + 86_400_000);
    else if ('compares' in step) this.compare();
    else if ('arrivesWhole' in step) this.put({ key: keyOf(step.arrivesWhole), value: null }, step.beforeMs);
    else this.arrive(step);
  }

  private request(requests: readonly Request[]): void {
    for (let at = 0; at < requests.length; ) {
      const batch = batchOf(requests.slice(at).map(textOf).join(''), {
        hlc: this.slabs.clock.upcoming(),
        nowMs: this.nowMs,
        takesParts: true,
      });
      const done = performShort(this.store, batch, this.store.vector);
      if (batch.writes > 0) this.slabs.clock.observe(batch.hlc + batch.writes - 1);
      const performed = requests.slice(at, at + done);
      this.compiled += done;
      const expected = performed.map((request) => this.plain.perform(request)).join('');
      if (done > 0) expect(repliesOf(batch)).toBe(expected);
      at += done;
      if (batch.isToRepeat) continue;
      const next = requests[at++];
      if (next !== undefined) expect(this.slabs.perform(next)).toBe(this.plain.perform(next));
    }
  }

  private arrive({ arrives, key, of, beforeMs }: Extract<Step, { arrives: string }>): void {
    const origin = ORIGINS[2]!;
    const name = of === 'count' ? bytes(origin.slice(0, 16)) : bytes(arrives);
    const since = { hlc: hlcFromMs(this.nowMs - beforeMs), origin };
    const value = of === 'count' ? countBytes({ sum: 5n, since }) : scoreBytes(7);
    this.put({ key: partKey(PART[of], keyOf(key), name), value }, beforeMs);
  }

  /** Something that another member wrote, a while ago. */
  private put(of: Pick<Entry, 'key' | 'value'>, beforeMs: number): void {
    const [hlc, seq] = [hlcFromMs(this.nowMs - beforeMs) + 1, ++this.foreign];
    for (const { store, clock } of [this.slabs, this.plain]) {
      store.putIfAfter({ ...of, hlc, origin: ORIGINS[2]!, seq, expiryMs: 0 });
      clock.observe(hlc);
    }
  }

  compare(): void {
    for (const key of KEYS) expect(this.slabs.show(keyOf(key))).toEqual(this.plain.show(keyOf(key)));
  }

  compareAll(): void {
    for (const { store } of [this.slabs, this.plain]) while (store.sweepParts(1000));
    expect(storeState(this.slabs.store)).toEqual(storeState(this.plain.store));
    for (let bucket = 0; bucket < BUCKETS; bucket++)
      if (this.slabs.store.digest(bucket, this.nowMs) !== this.plain.store.digest(bucket, this.nowMs))
        throw new Error(`digest of bucket ${bucket}`);
  }
}

/** A store, and commands on it one by one. */
class Side {
  readonly clock: HybridClock;
  readonly replica: Replica;
  readonly collections: Collections;

  constructor(
    readonly store: Store,
    nowMs: () => number,
  ) {
    this.clock = new HybridClock(nowMs);
    this.replica = new Replica('data', ORIGIN, store, this.clock);
    this.collections = new Collections(this.replica, nowMs);
  }

  /** Returns the reply. */
  perform({ name, key: text, part, value }: Request): string {
    const key = keyOf(text);
    const { collections } = this;
    if (name === 'INCR') return this.increment(key);
    const shape = name === 'ZADD' ? 'score' : name.startsWith('H') ? 'field' : 'member';
    const found = collections.shapeOf(key);
    if (found !== undefined && found !== shape) return 'wrong type';
    const former = found === undefined ? undefined : collections.view(key, shape).get(bytes(part));
    if (name === 'HGET') return former === undefined ? '$-1\r\n' : bulk(Buffer.from(former).toString('latin1'));
    if (name === 'SISMEMBER' || (name === 'SADD' && former !== undefined))
      return name === 'SADD' || former === undefined ? ':0\r\n' : ':1\r\n';
    if (name === 'ZADD' && value === 'x') return 'no number';
    const score = scoreBytes(value === 'inf' ? Number.POSITIVE_INFINITY : Number(value));
    if (name !== 'ZADD' || former === undefined || scoreIn(former) !== scoreIn(score))
      collections.put(key, shape, bytes(part), name === 'ZADD' ? score : bytes(name === 'HSET' ? value : ''));
    return former === undefined ? ':1\r\n' : ':0\r\n';
  }

  private increment(key: Bytes): string {
    const { collections, store } = this;
    const number = collections.numberAt(key, store.get(key));
    const shape = collections.shapeOf(key);
    const text = number !== undefined ? number.value : shape === 'value' ? store.get(key)!.value! : bytes('0');
    if (number === undefined && shape !== undefined && shape !== 'value') return 'wrong type';
    const value = Buffer.from(text).toString();
    if (!/^(0|-?[1-9]\d*)$/.test(value)) return 'no number';
    collections.add(key, 1n);
    return `:${BigInt(value) + 1n}\r\n`;
  }

  /** What readers see of a key, and what a later command would go by. */
  show(key: Bytes): unknown {
    const shape: Shape | undefined = this.collections.shapeOf(key);
    const number = this.collections.numberAt(key, this.store.get(key));
    if (shape === undefined || shape === 'value' || shape === 'count')
      return [shape, String(number?.value), number?.hlc];
    const view: CollectionView = this.collections.view(key, shape);
    const parts = Array.from({ length: view.size }, (_, i) => view.at(i));
    const texts = parts.map(({ name, value }) => `${Buffer.from(name)}=${Buffer.from(value).toString('hex')}`);
    const ranks =
      shape === 'score' ? parts.map((_, i) => view.atRank(i)).map(({ name, score }) => `${name} ${score}`) : [];
    return [shape, texts, ranks, view.newest, this.store.owners.get(key)?.list(PART[shape]).oldest];
  }
}

function keyOf(text: string): Bytes {
  return fullKey(0, bytes(text));
}

/** As a client sends it. */
function textOf({ name, key, part, value }: Request): string {
  const words = [name, key];
  if (name === 'ZADD') words.push(value, part);
  else if (name === 'HSET') words.push(part, value);
  else if (name !== 'INCR') words.push(part);
  return `*${words.length}\r\n${words.map(bulk).join('')}`;
}
