import type { Bytes } from '../../../src/core/model/bytes.js';
import { type Entry, fullKey } from '../../../src/core/model/entry.js';
import { originOf } from '../../../src/core/model/version.js';

export const REPLICAS = ['00000000000000aa', '00000000000000bb'] as const;
export const ORIGINS = REPLICAS.flatMap((replica) => [originOf(replica, 1), originOf(replica, 2)]);
export const ORIGIN = ORIGINS[0]!;

export function bytes(text: string): Bytes {
  return Buffer.from(text, 'latin1');
}

export function entry(
  key: string | Bytes,
  value: string | Bytes | null,
  seq: number,
  more: Partial<Entry> = {},
): Entry {
  return {
    key: typeof key === 'string' ? bytes(key) : key,
    value: typeof value === 'string' ? bytes(value) : value,
    hlc: seq * 4096,
    origin: ORIGIN,
    seq,
    expiryMs: 0,
    ...more,
  };
}

/** The entry of a long row of writes that go round a hundred keys. */
export function numberedEntry(number: number): Entry {
  return entry(fullKey(0, bytes(`key-${number % 100}`)), `value ${number} ${'x'.repeat(50)}`, number);
}
