import fc from 'fast-check';
import type { Bytes } from '../../../src/core/bytes.js';
import { stubOf, typedEntry, type ValueType } from '../../../src/core/entry.js';
import type { Group, Storage } from '../../../src/core/store.js';
import type { VectorData } from '../../../src/core/vector.js';
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
    hlc: fc.oneof(fc.integer({ min: 1, max: 1 << 20 }), fc.maxSafeNat()),
    origin,
    seq,
    expiryMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2 ** 45 })),
  });
  const entry = fc.tuple(plain, typed).map(([read, type]) => (read.value === null ? read : typedEntry(read, type)));
  const replica = fc.constantFrom(...REPLICAS);
  const position = fc.tuple(group, origin, seq);
  const row = fc.tuple(group, origin, seq, keyArbitrary());
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
    { weight: 1, arbitrary: call('stub', fc.tuple(group, entry), (s, [g, e]) => s.store(g).put(stubOf(e))) },
    {
      weight: 3,
      arbitrary: call('receive', fc.tuple(group, entry), (s, [g, e]) => {
        s.store(g).put(e);
        s.store(g).append(e.origin, e.seq, e.key);
      }),
    },
    { weight: 2, arbitrary: call('drop', fc.tuple(group, keyArbitrary()), (s, [g, key]) => s.store(g).drop(key)) },
    { weight: 3, arbitrary: call('append', row, (s, [g, o, n, key]) => s.store(g).append(o, n, key)) },
    { weight: 2, arbitrary: call('advance', position, (s, [g, o, n]) => s.store(g).advance(o, n)) },
    { weight: 2, arbitrary: call('trim', position, (s, [g, o, n]) => s.store(g).trim(o, n)) },
    { weight: 1, arbitrary: call('adopt', fc.tuple(group, vectorArbitrary()), (s, [g, v]) => s.store(g).adopt(v)) },
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
    { weight: 1, arbitrary: call('observeClock', fc.maxSafeNat(), (s, hlc) => s.observeClock(hlc)) },
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
