import { test } from '@jest/globals';
import fc from 'fast-check';
import { BUCKETS, type Bytes, bytesToId, hashBytes } from '../../src/core/model/bytes.js';
import type { Entry } from '../../src/core/model/entry.js';
import { isEnded, nameOf, PART, type PartKind, standsOn, wholeKeyOf } from '../../src/core/model/parts.js';
import { isAfter } from '../../src/core/model/version.js';
import { CollectionView } from '../../src/core/replication/collection-view.js';
import type { Range } from '../../src/core/replication/messages.js';
import { EntryPacker } from '../../src/core/store/entry-packer.js';
import type { PackedEntries } from '../../src/core/store/packed-entries.js';
import { rowsOf } from '../../src/core/store/ranges.js';
import type { Store } from '../../src/core/store/store.js';
import { EmbeddedEngine } from '../../src/engines/embedded/embedded-engine.js';
import { openDirectory } from '../../src/engines/embedded/opening.js';
import { SLAB_SIZES } from '../../src/engines/embedded/slab/slab-space.js';
import { SlabStore } from '../../src/engines/embedded/slab/slab-store.js';
import { MemoryStore } from '../core/support/memory-store.js';
import { rangeOf } from '../core/support/ranges.js';
import { turn } from '../links/recorder.js';
import { SimFiles } from '../sim/files.js';
import { ORIGINS } from './support/entries.js';
import { ManualTimers } from './support/manual-timers.js';
import { byScore, EPOCH_MS, PartModel } from './support/part-model.js';
import { type PartWrite, partWrites, WHOLES } from './support/part-writes.js';
import { entryText } from './support/state.js';

/** So small that a few dozen entries fill several slabs, and compaction is at work all the time. */
const TINY = { bytesMin: 1 << 10, bytesMax: 1 << 12, linearBytesMax: 1 << 24, awakeMax: 1, foldAfterMs: 0 };
const DISK_SIZES = { ...SLAB_SIZES, bytesMin: 4096, linearBytesMax: 1 << 24, awakeMax: 1, foldAfterMs: 0 };

/** Later than all that is written. */
const FAR_MS = EPOCH_MS + 86_400_000;

const STORES: readonly (readonly [string, () => Subject])[] = [
  ['plain memory', () => new Volatile(new MemoryStore())],
  ['tiny slabs', () => new Volatile(new SlabStore(TINY))],
  ['slabs as they ship', () => new Volatile(new SlabStore())],
  ['slabs where all hashes are the same', () => new Volatile(new SlabStore(TINY, () => 0xfffff0ff))],
  [
    'slabs where hashes collide',
    () => new Volatile(new SlabStore(TINY, (key, start, end) => hashBytes(key.subarray(start, end)) & 0xf003)),
  ],
  ['a journal', () => new Journaled()],
];

test.each(STORES)(
  'parts are as the rule says whatever comes in whatever order: %s',
  async (name, create) => {
    const property = fc.asyncProperty(
      partWrites(80),
      fc.array(stepArbitrary(), { maxLength: 60, size: 'max' }),
      async (writes, steps) => {
        const subject = create();
        await subject.open();
        const history = new History(writes);
        for (const step of steps) {
          await history.perform(step, subject);
          compare(subject.store, history.model, history.nowMs);
        }
        history.sweepAll(subject.store);
        compare(subject.store, history.model, history.nowMs);
        compareAll(subject.store, history, name.includes('hashes'));
        await subject.reopen();
        history.sweepAll(subject.store);
        compare(subject.store, history.model, history.nowMs);
        compareAll(subject.store, history, name.includes('hashes'));
      },
    );
    await fc.assert(property, { numRuns: name === 'a journal' ? 10 : 20 });
  },
  300_000,
);

/** What stands of some writes, once what has ended is forgotten. */
function outcomeOf(store: Store): string[] {
  while (store.sweepParts(1000));
  const entries = Array.from({ length: BUCKETS }, (_, index) => store.bucket(index)).flat();
  // A tombstone of a part that its whole has ended says nothing any more, and goes by itself.
  const isSaid = (entry: Entry): boolean =>
    isPart(entry.key) && entry.value === null && isEnded(entry, store.get(wholeKeyOf(entry.key)));
  return entries
    .filter((entry) => !isSaid(entry))
    .map(entryText)
    .sort();
}

test.each([
  ['plain memory', () => new MemoryStore()],
  ['tiny slabs', () => new SlabStore(TINY)],
])(
  'the order in which writes come, how often, and by whom makes no difference: %s',
  (_, create) => {
    const taken = (entries: readonly Entry[]): Store => {
      const store: Store = create();
      for (let i = 0; i < entries.length; i += 7) store.takePacked(packed(entries.slice(i, i + 7)));
      return store;
    };
    const contentOf = (store: Store): Entry[] =>
      Array.from({ length: BUCKETS }, (_, index) => store.bucket(index)).flat();
    const property = fc.property(partWrites(60), fc.infiniteStream(fc.nat()), fc.nat(60), (writes, order, cut) => {
      const entries = writes.map(({ entry }) => entry);
      const places = entries.map((entry) => ({ entry, place: order.next().value as number }));
      const shuffled = places.sort((a, b) => a.place - b.place).map(({ entry }) => entry);
      const expected = outcomeOf(taken(entries));
      same(outcomeOf(taken(shuffled)), expected);
      same(outcomeOf(taken([...shuffled, ...entries.slice(cut), ...shuffled])), expected);
      // Two that have some of it each, and tell a third one of what they have.
      const [one, other] = [taken(shuffled.slice(0, cut)), taken(shuffled.slice(cut))];
      same(outcomeOf(taken([...contentOf(other), ...contentOf(one)])), expected);
    });
    fc.assert(property, { numRuns: 30 });
  },
  300_000,
);

// ---------------------------------------------------------------------------------------------------------------------

interface Step {
  readonly name:
    | 'write'
    | 'receive'
    | 'relay'
    | 'apply'
    | 'snapshot'
    | 'collect'
    | 'sweep'
    | 'fold'
    | 'pass'
    | 'reopen'
    | 'compact';
  readonly pick: number;
  readonly count: number;
}

function stepArbitrary(): fc.Arbitrary<Step> {
  const name = fc.constantFrom<Step['name']>(
    ...([
      'write',
      'write',
      'receive',
      'receive',
      'receive',
      'relay',
      'apply',
      'apply',
      'snapshot',
      'snapshot',
    ] as const),
    ...(['collect', 'collect', 'sweep', 'fold', 'fold', 'pass', 'pass', 'reopen', 'compact'] as const),
  );
  return fc.record({ name, pick: fc.nat(10_000), count: fc.integer({ min: 1, max: 12 }) });
}

/** A store under test, and what becomes of it when its process starts anew. */
interface Subject {
  readonly store: Store;
  open(): Promise<void>;
  reopen(): Promise<void>;
  compact(): Promise<void>;
}

class Volatile implements Subject {
  constructor(readonly store: Store) {}

  async open(): Promise<void> {}
  async reopen(): Promise<void> {}
  async compact(): Promise<void> {}
}

/** The store of an engine on a disk in memory. */
class Journaled implements Subject {
  private readonly files = new SimFiles();
  private engine!: EmbeddedEngine;

  get store(): Store {
    return this.engine.store('data');
  }

  async open(): Promise<void> {
    const opened = await openDirectory('/data', this.files, DISK_SIZES);
    const options = { dir: '/data', compactSliceBytes: 64, timers: new ManualTimers() };
    const lock = { isHeld: true, renew() {}, withdraw() {}, async moveTo() {}, release() {}, removeMade() {} };
    this.engine = new EmbeddedEngine(options, this.files, lock, opened);
    await this.engine.start();
  }

  async reopen(): Promise<void> {
    await this.engine.close();
    await this.open();
  }

  /** Begins to, and changes go on meanwhile. */
  async compact(): Promise<void> {
    this.engine.flush();
    void this.engine.compact();
    await turn();
  }
}

/** All writes of all authors, how they come to one store, and what that store must have of them. */
class History {
  readonly model = new PartModel();
  nowMs = EPOCH_MS;
  private highest = 0;
  /** By the key, of a whole or a part: the greatest version that was collected. */
  private readonly collected = new Map<string, Entry>();
  /** Somebody who has everything, and tells of it as of the moment. */
  private readonly giver = new MemoryStore();

  constructor(private readonly writes: readonly PartWrite[]) {
    for (const { entry } of writes) this.giver.write(entry);
    while (this.giver.sweepParts(1000));
  }

  async perform({ name, pick, count }: Step, subject: Subject): Promise<void> {
    const { store } = subject;
    const origin = ORIGINS[pick % ORIGINS.length]!;
    if (name === 'write') this.write(store, origin);
    else if (name === 'receive') this.receive(store, this.rangeOf(origin, store.vector.get(origin), count));
    else if (name === 'relay') this.receive(store, this.relayed(origin, store.vector.get(origin), count));
    else if (name === 'apply') {
      for (const entry of this.some(pick, count)) same(store.putIfAfter(entry), this.take(entry));
    } else if (name === 'snapshot') this.takePacked(store, this.some(pick, count));
    else if (name === 'collect') this.collect(store, pick);
    else if (name === 'sweep') store.sweepParts(count);
    else if (name === 'fold') store.foldParts(FAR_MS);
    else if (name === 'pass') this.nowMs += count;
    else if (name === 'reopen') await subject.reopen();
    else await subject.compact();
  }

  sweepAll(store: Store): void {
    while (store.sweepParts(3));
  }

  /** What a store that has swept shows: of the tombstones of parts those that their whole has not ended, which says it all. */
  shown(key: Bytes, entry: Entry | undefined): string {
    const whole = isPart(key) ? this.model.wholeOf(key) : undefined;
    const isNeeded = entry !== undefined && !this.isCollected(entry) && !isEnded(standsOn(entry), whole);
    const standing = !isPart(key) || isNeeded ? entry : whole;
    return standing === undefined ? 'nothing' : entryText(standing);
  }

  private write(store: Store, origin: string): void {
    const next = this.writes.find(({ entry }) => entry.origin === origin && entry.seq === store.vector.get(origin) + 1);
    if (next === undefined || next.entry.hlc <= this.highest) return;
    store.write(next.entry);
    this.take(next.entry);
  }

  private receive(store: Store, range: Range | null): void {
    if (range === null) return;
    store.receive(range, null);
    for (const { entry } of rowsOf(range)) if (entry !== null) this.take(entry);
  }

  private rangeOf(origin: string, from: number, count: number): Range | null {
    const rows = this.writes.filter(({ entry }) => entry.origin === origin && entry.seq > from).slice(0, count);
    if (rows.length === 0) return null;
    const upto = rows[rows.length - 1]!.entry.seq;
    return rangeOf(
      { origin, from, upto },
      rows.map(({ entry }) => ({ seq: entry.seq, key: entry.key, entry: this.isCollected(entry) ? null : entry })),
    );
  }

  /** As one sends it who has all writes: each row with what its key has now, or with the whole that ended that. */
  private relayed(origin: string, from: number, count: number): Range | null {
    const upto = Math.min(this.giver.vector.get(origin), from + count);
    if (upto <= from) return null;
    const packer = new EntryPacker(Number.POSITIVE_INFINITY);
    this.giver.packRange(origin, from, upto, Number.POSITIVE_INFINITY, packer);
    const range = { origin, from, upto, rows: packer.take()[0]! };
    const rows = rowsOf(range);
    const left = rows.map((row) => (row.entry !== null && this.isCollected(row.entry) ? { ...row, entry: null } : row));
    return rangeOf(range, left);
  }

  private takePacked(store: Store, entries: readonly Entry[]): void {
    store.takePacked(packed(entries));
    for (const entry of entries) this.take(entry);
  }

  private some(pick: number, count: number): Entry[] {
    const { writes } = this;
    return Array.from({ length: count }, (_, i) => writes[(pick + i * (1 + (pick % 7))) % writes.length]!.entry).filter(
      (entry) => !this.isCollected(entry),
    );
  }

  /** A tombstone leaves once nothing older can come any more. */
  private collect(store: Store, pick: number): void {
    const { wholes, parts } = this.model;
    const tombstones = [...wholes.values(), ...parts.values()].filter(({ value }) => value === null);
    const entry = tombstones[pick % Math.max(1, tombstones.length)];
    if (entry === undefined) return;
    this.collected.set(bytesToId(entry.key), entry);
    this.model.drop(entry.key);
    store.drop(entry.key);
  }

  private isCollected(entry: Entry): boolean {
    const own = this.collected.get(bytesToId(entry.key));
    if (own !== undefined && !isAfter(entry, own)) return true;
    const whole = isPart(entry.key) ? this.collected.get(bytesToId(wholeKeyOf(entry.key))) : undefined;
    return isEnded(standsOn(entry), whole);
  }

  private take(entry: Entry): boolean {
    this.highest = Math.max(this.highest, entry.hlc);
    return this.model.take(entry, isPart(entry.key));
  }
}

/** What readers see of each key. */
function compare(store: Store, model: PartModel, nowMs: number): void {
  for (const whole of WHOLES) {
    const owner = store.owners.get(whole);
    if (owner !== undefined) store.owners.settle(owner, nowMs);
    for (const kind of LISTED) {
      const living = model.living(whole, kind, nowMs);
      const list = owner?.lists[kind];
      same(owner?.sizeOf(kind) ?? 0, living.length);
      if (owner !== undefined && list !== undefined && list.size > 0 && kind !== PART.count)
        compareView(new CollectionView(owner.key, owner, list, store), living, kind);
    }
    same(owner?.expiry ?? null, model.expiryOf(whole));
    const value = store.get(whole);
    same(value === undefined ? null : entryText(value), textOrNull(model.get(whole)));
  }
  for (const database of [0, 1]) same(store.liveCount(database), model.count(database, nowMs));
}

function compareView(view: CollectionView, living: readonly Entry[], kind: PartKind): void {
  const expected = living.map(({ key, value }) => `${hexOf(nameOf(key))} ${hexOf(value!)}`).sort();
  const places = Array.from({ length: view.size }, (_, place) => view.at(place));
  same(places.map(textOf).sort(), expected);
  same(new Set(places.map(textOf)).size, living.length);
  const scanned: ReturnType<CollectionView['at']>[] = [];
  let cursor = 0;
  do {
    const { parts, next } = view.scan(cursor, 2);
    scanned.push(...parts);
    same(next === 0 || next > cursor, true);
    cursor = next;
  } while (cursor !== 0);
  same(scanned.map(textOf), places.map(textOf));
  for (const { key, value } of living) same(hexOf(view.get(nameOf(key))!), hexOf(value!));
  if (kind === PART.score) compareRanks(view, living);
}

function compareRanks(view: CollectionView, living: readonly Entry[]): void {
  const sorted = byScore(living);
  for (const [rank, { name, score }] of sorted.entries()) {
    same(view.rankOf(Buffer.from(name, 'latin1')), rank);
    const at = view.atRank(rank);
    same([bytesToId(at.name), at.score], [name, score]);
    same(view.countBelow(score, false), sorted.filter((one) => one.score < score).length);
    same(view.countBelow(score, true), sorted.filter((one) => one.score <= score).length);
  }
}

/** What a store holds, tells of its contents, and would send, once what has ended is forgotten. */
function compareAll(store: Store, history: History, hasOtherHashes: boolean): void {
  const { model } = history;
  const right = new MemoryStore();
  for (const entry of [...model.wholes.values(), ...model.parts.values()]) right.put(entry);
  const texts = (one: Store): string[] =>
    Array.from({ length: BUCKETS }, (_, index) =>
      one.bucket(index).map(({ key }) => history.shown(key, one.get(key))),
    ).flat();
  same([...new Set(texts(store))].sort(), [...new Set(texts(right))].sort());
  const digests = (one: Store): number[] => Array.from({ length: BUCKETS }, (_, index) => one.digest(index, 0));
  if (!hasOtherHashes) same(digests(store), digests(right));
  for (const origin of ORIGINS) {
    const upto = store.vector.get(origin);
    const packer = new EntryPacker(Number.POSITIVE_INFINITY);
    store.packRange(origin, 0, upto, Number.POSITIVE_INFINITY, packer);
    const sent = rowsOf({ origin, from: 0, upto, rows: packer.take()[0]! });
    const rows = store.rows(origin, 0, upto, Number.POSITIVE_INFINITY);
    same(
      sent.map(({ seq, entry }, i) => `${seq} ${history.shown(rows[i]!.key, entry ?? undefined)}`),
      rows.map(({ seq, key }) => `${seq} ${history.shown(key, model.get(key))}`),
    );
  }
}

/** As an expectation of a test would, which would take most of the time here. */
function same(one: unknown, other: unknown): void {
  const [text, expected] = [textOfAny(one), textOfAny(other)];
  if (text !== expected) throw new Error(`it is ${text}, not ${expected}`);
}

function textOfAny(value: unknown): string {
  return JSON.stringify(value, (_, one) => (typeof one === 'number' && !Number.isFinite(one) ? String(one) : one));
}

const LISTED = [PART.field, PART.member, PART.score, PART.count] as const;

function packed(entries: readonly Entry[]): PackedEntries {
  const packer = new EntryPacker(Number.POSITIVE_INFINITY);
  for (const entry of entries) packer.add(entry);
  return packer.take()[0]!;
}

function isPart(key: Bytes): boolean {
  return key[0]! >= 16;
}

function textOf({ name, value }: ReturnType<CollectionView['at']>): string {
  return `${hexOf(name)} ${hexOf(value)}`;
}

function textOrNull(entry: Entry | undefined): string | null {
  return entry === undefined ? null : entryText(entry);
}

function hexOf(bytes: Bytes): string {
  return Buffer.from(bytes).toString('hex');
}
