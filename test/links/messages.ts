import fc from 'fast-check';
import type { Presence } from '../../src/core/membership/presence.js';
import { BUCKETS, type Bytes } from '../../src/core/model/bytes.js';
import { type Entry, stubOf, typedEntry, type ValueType } from '../../src/core/model/entry.js';
import { FLOOR_ALL, type VectorData } from '../../src/core/model/vector.js';
import { type Origin, originOf } from '../../src/core/model/version.js';
import type { AckData, Changes, GateState, Message, Range } from '../../src/core/replication/messages.js';
import { EntryPacker } from '../../src/core/store/entry-packer.js';
import { bytesOf, type PackedEntries } from '../../src/core/store/packed-entries.js';
import type { RangeRow } from '../../src/core/store/ranges.js';
import type { Group } from '../../src/core/store/store.js';
import { COUNTER_MAX } from '../../src/links/byte-reader.js';
import { encodeMessage } from '../../src/links/codec.js';
import { rangeOf } from '../core/support/ranges.js';

/** Arbitrary messages of every type, with hostile neighbours: empty keys, bytes 00 and ff, numbers at their limits. */

const hex16 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }).map((id) => id.toString(16).padStart(16, '0'));
const replica = fc.oneof(fc.constantFrom('0000000000000000', '00000000000000aa', 'ffffffffffffffff'), hex16);
const boot = fc.oneof(fc.constantFrom(0, 1, 2 ** 32 - 1, 2 ** 32, FLOOR_ALL), fc.maxSafeNat());
const origin: fc.Arbitrary<Origin> = fc.tuple(replica, boot).map(([id, number]) => originOf(id, number));
const whole = fc.oneof(fc.nat(300), fc.maxSafeNat(), fc.constantFrom(127, 128, 2 ** 31, 2 ** 32, 2 ** 49));
const seq = whole.map((number) => Math.max(1, number));
/** What nodes count on from, up to the greatest that is taken in. */
const counter = whole.map((number) => Math.min(number, COUNTER_MAX));
const group = fc.constantFrom<Group>('data', 'system');
const gate = fc.constantFrom<GateState>('comparing', 'open', 'split', 'clock-skew', 'joining');
const wallMs = fc.oneof(
  fc.nat(),
  fc.double({ noNaN: true, min: -8.64e15, max: 8.64e15 }).map((number) => number + 0),
);
const text = fc.string({ unit: 'binary', maxLength: 12 });

const vector: fc.Arbitrary<VectorData> = fc.record({
  seqs: fc.dictionary(origin, counter, { maxKeys: 4, noNullPrototype: true }),
  floors: fc.dictionary(replica, boot, { maxKeys: 3, noNullPrototype: true }),
});
const incident = fc.stringMatching(/^[0-9]{8}-[0-9]{6}-[0-9a-z]{4}$/);
const sights = fc.dictionary(incident, fc.record({ fence: whole, clock: whole }), {
  minKeys: 1,
  maxKeys: 3,
  noNullPrototype: true,
});
const bareAck: fc.Arbitrary<AckData> = fc.record({ boot, data: vector, system: vector });
const ack = fc.oneof(bareAck, fc.record({ boot, data: vector, system: vector, fences: sights }));

const bytes: fc.Arbitrary<Bytes> = fc.oneof(
  fc.uint8Array({ maxLength: 12 }),
  fc.uint8Array({ minLength: 20, maxLength: 200 }),
  fc.constantFrom(Uint8Array.of(), Uint8Array.of(0), Uint8Array.of(0xff), Buffer.from('doc'), Buffer.from('doc2')),
);
const expiryMs = fc.oneof(fc.constant(0), fc.constantFrom(1, Date.UTC(2100, 0, 1), 2 ** 53 - 1));

const typed = fc.constantFrom<ValueType | undefined>(undefined, undefined, 1, 5, 6);

function entryOf(key: fc.Arbitrary<Bytes>): fc.Arbitrary<Entry> {
  return fc
    .record({ key, value: fc.option(bytes), hlc: whole, origin, seq, expiryMs })
    .map((entry) => (entry.value === null ? { ...entry, expiryMs: 0 } : entry))
    .chain((entry) => (entry.value === null ? fc.constant(entry) : typed.map((type) => typedEntry(entry, type))))
    .chain((entry) => fc.constantFrom(entry, entry, entry, entry.value === null ? entry : stubOf(entry)));
}

/** Of every kind. */
export const anyEntry = entryOf(bytes);

const row = bytes.chain((key) =>
  fc.record({
    step: fc.integer({ min: 1, max: 200 }),
    isOwn: fc.boolean(),
    key: fc.constant(key),
    entry: fc.option(entryOf(fc.constant(key))),
  }),
);

const range: fc.Arbitrary<Range> = fc
  .record({
    origin,
    from: fc.oneof(fc.nat(300), fc.nat(2 ** 31)),
    gap: fc.nat(5),
    steps: fc.array(row, { maxLength: 6 }),
  })
  .map(({ origin: author, from, gap, steps }) => {
    let last = from;
    const rows = steps.map(({ step, isOwn, key, entry }): RangeRow => {
      last += step;
      const own = entry !== null && isOwn ? { ...entry, origin: author, seq: last } : entry;
      return { seq: last, key, entry: own };
    });
    return rangeOf({ origin: author, from, upto: last + gap }, rows);
  });
const ranges = fc.array(range, { maxLength: 4 });

const changes: fc.Arbitrary<Changes> = fc.record({ type: fc.constant('changes'), group, ranges });

const place = {
  replica,
  name: fc.constantFrom('a', 'node-1.example', 'x'.repeat(64)),
  address: fc.constantFrom('a:1', '10.0.0.1:7379', '[::1]:65535'),
};
const presence: fc.Arbitrary<Presence> = fc.record({
  ...place,
  ...{ boot, count: counter, clusterId: fc.option(fc.stringMatching(/^[0-9a-f]{12}$/)), isMember: fc.boolean() },
  ...{ expects: fc.option(whole), sees: fc.array(fc.record(place), { maxLength: 4 }) },
  ...{ promise: fc.option(fc.record({ replica, boot, round: counter })), opens: fc.boolean() },
});

type ArbitraryByType = { readonly [Type in Message['type']]: fc.Arbitrary<Extract<Message, { type: Type }>> };

export const arbitraryByType: ArbitraryByType = {
  hello: fc.record({
    type: fc.constant('hello'),
    protocol: whole,
    clusterId: fc.option(text),
    replica,
    boot,
    previousBoot: boot,
    name: text,
    address: text,
    memoryOnly: fc.boolean(),
    wallMs,
  }),
  refuse: fc.record({
    type: fc.constant('refuse'),
    code: fc.constantFrom(
      'wrong-cluster',
      'name-taken',
      'forgotten',
      'protocol',
      'self',
      'second-instance',
      'passed',
      'bad-name',
    ),
    message: text,
    clusterId: fc.option(text),
    replica,
    boot,
  }),
  compare: fc.record({
    type: fc.constant('compare'),
    island: vector,
    members: fc.array(replica),
    mark: fc.option(vector),
    sinceMs: wallMs,
    separations: fc.dictionary(replica, fc.record({ sinceMs: wallMs, mark: vector, split: fc.boolean() }), {
      noNullPrototype: true,
    }),
  }),
  gate: fc.record({ type: fc.constant('gate'), state: gate }),
  beat: fc.record({
    type: fc.constant('beat'),
    count: counter,
    wallMs,
    hlc: whole,
    echo: fc.option(fc.record({ wallMs, ageMs: wallMs, count: counter })),
    gate,
    seen: fc.dictionary(replica, fc.record({ boot, count: counter }), { maxKeys: 3, noNullPrototype: true }),
    links: fc.array(replica, { maxLength: 3 }),
    apart: fc.dictionary(replica, fc.record({ sinceMs: wallMs, mark: vector, split: fc.boolean() }), {
      maxKeys: 2,
      noNullPrototype: true,
    }),
    acks: fc.dictionary(replica, ack, { maxKeys: 2, noNullPrototype: true }),
  }),
  ack: fc.record({ type: fc.constant('ack'), ack, gap: fc.boolean() }),
  changes,
  behind: fc.record({ type: fc.constant('behind'), group, lost: fc.boolean() }),
  'snapshot-request': fc.record({ type: fc.constant('snapshot-request'), id: counter }),
  'snapshot-begin': fc.record({
    type: fc.constant('snapshot-begin'),
    id: counter,
    system: vector,
    data: vector,
    covers: fc.record({ system: vector, data: vector }),
    entryCount: counter,
    separations: fc.dictionary(replica, fc.record({ sinceMs: wallMs, mark: vector, split: fc.boolean() }), {
      maxKeys: 2,
      noNullPrototype: true,
    }),
  }),
  'snapshot-part': fc.record({
    type: fc.constant('snapshot-part'),
    id: counter,
    group,
    bucket: fc.nat(BUCKETS / 2),
    through: fc.integer({ min: BUCKETS / 2, max: BUCKETS - 1 }),
    last: fc.boolean(),
    entries: fc.array(anyEntry, { maxLength: 6 }).map(packed),
  }),
  'snapshot-end': fc.record({ type: fc.constant('snapshot-end'), id: counter }),
  'snapshot-credit': fc.record({ type: fc.constant('snapshot-credit'), id: counter, parts: whole }),
  read: fc.record({ type: fc.constant('read'), id: counter, from: vector, upto: vector }),
  'read-reply': fc.record({
    type: fc.constant('read-reply'),
    id: counter,
    ranges,
    done: fc.boolean(),
    behind: fc.boolean(),
    vector,
  }),
  stubs: fc.record({
    type: fc.constant('stubs'),
    id: counter,
    ends: fc.boolean(),
    stubs: fc.array(entryOf(bytes).map(stubOf), { maxLength: 6 }),
  }),
  'stubs-reply': fc.record({ type: fc.constant('stubs-reply'), id: counter, agreed: fc.array(whole), system: vector }),
  bye: fc.record({ type: fc.constant('bye'), reason: fc.constantFrom('stopping', 'leaving') }),
  publication: fc.record({
    type: fc.constant('publication'),
    isSharded: fc.boolean(),
    channel: bytes,
    payload: bytes,
  }),
  look: fc.record({ type: fc.constant('look'), from: fc.option(presence) }),
  present: fc.record({ type: fc.constant('present'), presence }),
};

export const anyMessage: fc.Arbitrary<Message> = fc.oneof(...Object.values<fc.Arbitrary<Message>>(arbitraryByType));

/** In one piece, as it goes over the link. */
export function frameOf(message: Message): Buffer {
  return Buffer.concat(encodeMessage(message));
}

/** In one piece. */
export function packed(entries: readonly Entry[]): PackedEntries {
  const packer = new EntryPacker(Number.POSITIVE_INFINITY);
  for (const entry of entries) packer.add(entry);
  return packer.take()[0]!;
}

/** One write of the sender's own, as a message. */
export function changeOf(key: string, value: Bytes, number = 1): Changes {
  const author = originOf('00000000000000aa', 1);
  const entry: Entry = {
    key: Buffer.from(key),
    value,
    hlc: 2 ** 52 + number,
    origin: author,
    seq: number,
    expiryMs: 0,
  };
  const span = { origin: author, from: number - 1, upto: number };
  return { type: 'changes', group: 'data', ranges: [rangeOf(span, [{ seq: number, key: entry.key, entry }])] };
}

/** The entries of a message are gone once it is handled: this one keeps them. */
export function lasting(message: Message): Message {
  const kept = (entries: PackedEntries): PackedEntries => ({ ...entries, words: entries.words.slice() });
  if (message.type === 'snapshot-part') return { ...message, entries: kept(message.entries) };
  if (message.type !== 'changes' && message.type !== 'read-reply') return message;
  return { ...message, ranges: message.ranges.map((range) => ({ ...range, rows: kept(range.rows) })) };
}

/** The same data with bytes as text: a Buffer and a Uint8Array of the same bytes are equal to us. */
export function plain(value: unknown): unknown {
  if (value instanceof Int32Array) return `words ${bytesOf(value).toString('hex')}`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
}
