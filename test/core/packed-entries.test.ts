import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BUCKETS } from '../../src/core/model/bytes.js';
import type { Entry } from '../../src/core/model/entry.js';
import { EntryPacker } from '../../src/core/store/entry-packer.js';
import { EntryUnpacker } from '../../src/core/store/entry-unpacker.js';
import { bytesOf, faultOf, type PackedEntries } from '../../src/core/store/packed-entries.js';
import { SlabStorage } from '../../src/engines/embedded/slab/slab-storage.js';
import { SlabStore } from '../../src/engines/embedded/slab/slab-store.js';
import { callArbitrary } from '../engines/support/calls.js';
import { ORIGINS } from '../engines/support/entries.js';
import { anyEntry, packed, plain } from '../links/messages.js';
import { MemoryStorage } from './support/memory-store.js';

/** What comes out, as text, since transient entries do not last. */
function unpacked(entries: PackedEntries, areTransient: boolean): string[] {
  const found: string[] = [];
  const unpacker = new EntryUnpacker(entries, areTransient);
  for (let entry = unpacker.next(); entry !== null; entry = unpacker.next()) found.push(textOf(entry));
  return found;
}

function textOf(entry: Entry): string {
  return JSON.stringify(plain(Object.fromEntries(Object.entries(entry).sort())));
}

const entries = fc.array(anyEntry, { maxLength: 20 });

test('entries come out as they were packed, kept or looked at one by one', () => {
  fc.assert(
    fc.property(entries, (some) => {
      const pack = packed(some);
      expect(faultOf(pack)).toBeNull();
      for (const areTransient of [false, true]) expect(unpacked(pack, areTransient)).toEqual(some.map(textOf));
    }),
  );
});

test('pieces hold all entries in order, and are closed when they are long enough', () => {
  fc.assert(
    fc.property(entries, fc.integer({ min: 1, max: 500 }), (some, pieceBytes) => {
      const packer = new EntryPacker(pieceBytes);
      for (const entry of some) packer.add(entry);
      const bytes = packer.byteCount;
      const pieces = packer.take();
      expect(pieces.flatMap((piece) => unpacked(piece, false))).toEqual(some.map(textOf));
      expect(pieces.slice(0, -1).every(({ words }) => words.byteLength >= pieceBytes)).toBe(true);
      expect(pieces.reduce((sum, { words }) => sum + words.byteLength, 0)).toBe(bytes);
      expect([packer.byteCount, packer.take().length]).toEqual([0, 1]);
    }),
  );
});

test('a store of slabs packs its records as they would be packed as entries', () => {
  fc.assert(
    fc.property(entries, (some) => {
      const store = new SlabStore();
      for (const entry of some) store.put(entry);
      const [packer, direct] = [new EntryPacker(1e6), new EntryPacker(1e6)];
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        for (const entry of store.bucket(bucket)) packer.add(entry);
        store.pack(bucket, direct);
      }
      const [expected, found] = [packer.take()[0]!, direct.take()[0]!];
      expect([found.count, found.origins]).toEqual([expected.count, expected.origins]);
      expect(bytesOf(found.words).equals(bytesOf(expected.words))).toBe(true);
    }),
  );
});

test('a store of slabs packs a range as plain memory does', () => {
  fc.assert(
    fc.property(fc.array(callArbitrary(), { maxLength: 60 }), fc.nat(20), fc.nat(900), (calls, from, bytesMax) => {
      const [plainMemory, slabs] = [new MemoryStorage(), new SlabStorage()];
      for (const call of calls) for (const storage of [plainMemory, slabs]) call.perform(storage);
      for (const origin of ORIGINS) {
        const [expected, found] = [plainMemory, slabs].map((storage) => {
          const packer = new EntryPacker(1e6);
          const upto = storage.store('data').packRange(origin, from, 40, bytesMax, packer);
          const { count, origins, words } = packer.take()[0]!;
          return { upto, count, origins, bytes: bytesOf(words).toString('hex') };
        });
        expect(found).toEqual(expected);
      }
    }),
  );
});

test('whatever comes from elsewhere is found to be broken, or can be unpacked', () => {
  const change = fc.tuple(fc.nat(), fc.oneof(fc.integer(), fc.constantFrom(0, -1, 1, 0x7fffffff, 1 << 21, 255)));
  fc.assert(
    fc.property(entries, change, fc.nat(3), fc.nat(3), ([...some], [at, word], shorter, fewer) => {
      const { count, origins, words } = packed(some);
      const broken = words.slice(0, Math.max(0, words.length - shorter));
      if (broken.length > 0) broken[at % broken.length] = word;
      const pack = { count: Math.max(0, count + 1 - fewer), origins: origins.slice(0, 2), words: broken };
      if (faultOf(pack) !== null) return;
      const unpacker = new EntryUnpacker(pack);
      for (let entry = unpacker.next(); entry !== null; entry = unpacker.next()) {
        expect(Number.isSafeInteger(entry.seq) && entry.seq > 0 && Number.isSafeInteger(entry.hlc)).toBe(true);
        expect(typeof entry.origin).toBe('string');
      }
    }),
    { numRuns: 500 },
  );
});
