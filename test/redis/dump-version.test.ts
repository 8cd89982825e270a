import { describe, expect, test } from '@jest/globals';
import { elementsOf, isSameDump } from '../../src/engines/redis/dump-content.js';
import { readableDump } from '../../src/engines/redis/dump-version.js';
import { readsDump } from '../../src/engines/redis/server-info.js';

/** What servers give for one hash, and what Redis 7.2 and Valkey 8 give for a set and for a stream with a consumer. */
const HASHES = {
  'Redis 7.0.15': '100d0d0000000200816102816202ff0a00d93c7f0728f0edcc',
  'Valkey 8.0.1': '100d0d0000000200816102816202ff0b00b0e3c274d56f0445',
  'Redis 8.0.2': '100d0d0000000200816102816202ff0c00124a4bc7d2da7385',
  'Valkey 9.1.2': '100d0d0000000200816102816202ff50001616b696b6a28a38',
};
const SET = '140d0d0000000200816102dff902ff0b000922a4f43018911b';
const STREAM =
  '150110000000000000000100000000000000011d1d0000000a0001010001010181660200010201000100018176020401ff010101010100000101016701' +
  '01010100000000000000010000000000000001e52dff0fa201000001010163e52dff0fa2010000e52dff0fa201000001000000000000000100000000' +
  '000000010b00dfe46f8c2eff9726';
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');

function serverOf(name: string): Parameters<typeof readsDump>[0] {
  const [product, version] = name.split(' ');
  return { product, version } as Parameters<typeof readsDump>[0];
}

describe('a dump of another version of the server', () => {
  const names = Object.keys(HASHES) as (keyof typeof HASHES)[];

  test.each(names.flatMap((from) => names.map((to) => [from, to] as const)))(
    'of %s is one that %s reads',
    (from, to) => {
      const dump = bytes(HASHES[from]);
      const readable = readableDump(dump, (version) => readsDump(serverOf(to), version));
      const isRead = from === to || from === 'Redis 7.0.15' || (from === 'Valkey 8.0.1' && to !== 'Redis 7.0.15');
      expect(readable.toString('hex')).toBe(HASHES[isRead ? from : 'Redis 7.0.15']);
      expect(isSameDump(readable, dump)).toBe(true);
    },
  );

  test.each([
    ['a set', SET, 2],
    ['a stream with a consumer', STREAM, 19],
  ])('of %s is encoded as Redis 7.0 has it, and is still the same', (_, hex, type) => {
    const readable = readableDump(bytes(hex), (version) => version <= 10);
    expect([readable[0], readable.readUInt16LE(readable.length - 10)]).toEqual([type, 10]);
    expect(isSameDump(readable, bytes(hex))).toBe(true);
    expect(elementsOf(readable)).not.toBeNull();
    expect(readableDump(bytes(hex), (version) => version <= 11)).toEqual(bytes(hex));
  });

  test('stays as it is where only newer servers know the type, or where it is broken', () => {
    const [ofFields, broken] = [bytes(SET), bytes(SET)];
    ofFields[0] = 22;
    broken[8] = 0xf5;
    for (const dump of [ofFields, broken, Buffer.alloc(0), Buffer.from('short')])
      expect(readableDump(dump, (version) => version <= 10)).toBe(dump);
  });
});
