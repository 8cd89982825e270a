import type { Bytes } from '../../../core/model/bytes.js';
import type { PositionRange } from './range.js';

/** The number of bits that are set in a range of bits. */
export function countBits(value: Bytes, { first, last }: PositionRange): number {
  if (first > last) return 0;
  const [from, to] = [first >> 3, last >> 3];
  const head = 0xff >> (first & 7);
  const tail = 0xff & (0xff << (7 - (last & 7)));
  if (from === to) return onesOf(value[from]! & head & tail);
  return onesOf(value[from]! & head) + countBytes(value, from + 1, to) + onesOf(value[to]! & tail);
}

// ---

/** The set bits of the bytes from `from` to before `to`, four bytes at a time where they lie so. */
function countBytes(value: Bytes, from: number, to: number): number {
  let at = from;
  let count = 0;
  while (at < to && (value.byteOffset + at) % 4 !== 0) count += onesOf(value[at++]!);
  if (to - at >= 4) {
    const words = new Uint32Array(value.buffer, value.byteOffset + at, (to - at) >>> 2);
    for (let i = 0; i < words.length; i++) count += onesOf(words[i]!);
    at += 4 * words.length;
  }
  while (at < to) count += onesOf(value[at++]!);
  return count;
}

/** Of 32 bits: pairs, nibbles and bytes are added up side by side. */
function onesOf(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
