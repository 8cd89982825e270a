import fc from 'fast-check';
import type { Bytes } from '../../../src/core/model/bytes.js';
import { type Entry, stubOf, touched, typedEntry, type ValueType } from '../../../src/core/model/entry.js';
import { HLC_LAST } from '../../../src/core/model/hlc.js';
import type { VectorData } from '../../../src/core/model/vector.js';
import type { Range } from '../../../src/core/replication/messages.js';
import type { Group, Storage } from '../../../src/core/store/store.js';
import { rangeOf } from '../../core/support/ranges.js';
import { ORIGINS, REPLICAS } from './entries.js';
import { META_NAMES } from './state.js';

/** One mutating call of a storage, as something that can be repeated on another one and printed. */
export interface Call {
  readonly name: string;
  perform(storage: Storage): void;
  toString(): string;
}

/** Random calls on few keys, origins and sequence numbers, so that they meet often; most are such as the core makes. */
export function callArbitrary(): fc.Arbitrary<Call> {
  const group = fc.constantFrom<Group>('system', 'data');
  const origin = fc.constantFrom(...ORIGINS);
  const seq = fc.integer({ min: 1, max: 40 });
  const typed = fc.constantFrom<ValueType | undefined>(undefined, undefined, 1, 6);
  const plain = fc.record({
    key: keyArbitrary(),
    value: fc.option(valueArbitrary()),
    hlc: fc.oneof(fc.integer({ min: 1, max: 1 << 20 }), fc.integer({ min: 0, max: HLC_LAST })),
    origin,
    seq,
    expiryMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2 ** 45 })),
  });
  const entry = fc
    .tuple(plain, typed)
    .map(([read, type]) => (read.value === null ? { ...read, expiryMs: 0 } : typedEntry(read, type)));
  const replica = fc.constantFrom(...REPLICAS);
  const position = fc.tuple(group, origin, seq);
  return fc.oneof(
    { weight: 6, arbitrary: call('write', fc.tuple(group, entry), (s, [g, e]) => s.store(g).write(e)) },
    { weight: 3, arbitrary: call('put', fc.tuple(group, entry), (s, [g, e]) => s.store(g).put(e)) },
    {
      weight: 2,
      arbitrary: call('evict', fc.tuple(group, keyArbitrary()), (s, [g, key]) => {
        const found = s.store(g).get(key);
        if (found !== undefined && found.value !== null) s.store(g).put(stubOf(found));
      }),
    },
    {
      weight: 3,
      arbitrary: call('touch', fc.tuple(group, entry), (s, [g, { key, origin, seq, expiryMs }]) => {
        const found = s.store(g).get(key);
        if (found === undefined || found.value === null || found.hlc === Number.MAX_SAFE_INTEGER) return;
        s.store(g).touch(touched(found, { origin, seq, hlc: (found.touch?.hlc ?? found.hlc) + 1 }, expiryMs));
      }),
    },
    { weight: 1, arbitrary: call('stub', fc.tuple(group, entry), (s, [g, e]) => s.store(g).put(stubOf(e))) },
    {
      weight: 6,
      arbitrary: call('receive', fc.tuple(group, rangeArbitrary(entry)), (s, [g, range]) => {
        s.store(g).receive(range, null);
      }),
    },
    { weight: 2, arbitrary: call('drop', fc.tuple(group, keyArbitrary()), (s, [g, key]) => s.store(g).drop(key)) },
    { weight: 2, arbitrary: call('trim', position, (s, [g, o, n]) => s.store(g).trim(o, n)) },
    { weight: 1, arbitrary: call('adopt', fc.tuple(group, vectorArbitrary()), (s, [g, v]) => s.store(g).adopt(v)) },
    { weight: 1, arbitrary: call('disclaim', group, (s, g) => s.store(g).disclaim()) },
    {
      weight: 1,
      arbitrary: call('retire', fc.tuple(group, replica, fc.integer({ min: 1, max: 3 })), (s, [g, r, boot]) => {
        s.store(g).retire(r, boot);
      }),
    },
    {
      weight: 1,
      arbitrary: call(
        'setMeta',
        fc.tuple(fc.constantFrom(...META_NAMES), fc.option(fc.jsonValue({ maxDepth: 1 }))),
        (s, [name, value]) => s.setMeta(name, value ?? undefined),
      ),
    },
    {
      weight: 1,
      arbitrary: call('observeClock', fc.integer({ min: 0, max: HLC_LAST }), (s, hlc) => s.observeClock(hlc)),
    },
  );
}

// ---------------------------------------------------------------------------------------------------------------------

function keyArbitrary(): fc.Arbitrary<Bytes> {
  const keys = ['', '\x00', '\x00\x00', '\xff', '\xffa', '\x00doc', '\x00doc2', '\x01doc'];
  return fc.constantFrom(...keys).map((key) => Buffer.from(key, 'latin1'));
}

function valueArbitrary(): fc.Arbitrary<Bytes> {
  return fc.oneof(
    fc.uint8Array({ maxLength: 8 }),
    fc.integer({ min: 0, max: 300 }).map((size) => Buffer.alloc(size, 7)),
  );
}

/** With rows of every kind: own writes, those of others, stubs, and such as come without an entry. */
function rangeArbitrary(entry: fc.Arbitrary<Entry>): fc.Arbitrary<Range> {
  const row = fc.record({
    gap: fc.integer({ min: 1, max: 6 }),
    entry,
    kind: fc.constantFrom('own', 'other', 'stub', 'touched', 'bare', 'none'),
  });
  return fc
    .record({
      origin: fc.constantFrom(...ORIGINS),
      from: fc.nat(20),
      rows: fc.array(row, { maxLength: 5 }),
      gap: fc.nat(3),
    })
    .map(({ origin, from, rows, gap }) => {
      let seq = from;
      const all = rows.map(({ gap, entry, kind }) => {
        seq += gap;
        const { key } = entry;
        if (kind === 'own') return { seq, key, entry: { ...entry, origin, seq } };
        if (kind === 'none') return { seq, key, entry: null };
        if (kind === 'stub') return { seq, key, entry: stubOf(entry) };
        if (kind === 'other' || entry.value === null) return { seq, key, entry };
        const later = touched(entry, { origin, seq, hlc: Math.min(entry.hlc + 1, HLC_LAST) }, entry.expiryMs);
        return { seq, key, entry: kind === 'bare' ? stubOf(later) : later };
      });
      return rangeOf({ origin, from, upto: seq + gap }, all);
    });
}

function vectorArbitrary(): fc.Arbitrary<VectorData> {
  const seqs = fc.dictionary(fc.constantFrom(...ORIGINS), fc.integer({ min: 1, max: 40 }), { noNullPrototype: true });
  const floors = fc.dictionary(fc.constantFrom(...REPLICAS), fc.integer({ min: 1, max: 3 }), { noNullPrototype: true });
  return fc.record({ seqs, floors });
}

function call<T>(
  name: string,
  args: fc.Arbitrary<T>,
  perform: (storage: Storage, args: T) => void,
): fc.Arbitrary<Call> {
  return args.map((values) => ({
    name,
    perform: (storage: Storage) => perform(storage, values),
    toString: () => `${name} ${fc.stringify(values)}`,
  }));
}
