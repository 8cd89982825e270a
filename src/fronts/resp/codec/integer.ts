import type { Bytes } from '../../../core/model/bytes.js';

export const INT64_MAX = 2n ** 63n - 1n;
export const INT64_MIN = -(2n ** 63n);

/**
 * A signed 64-bit integer in Redis' strict grammar: no plus sign, no leading zeros, no spaces, no "-0".
 * A number where it is exact, a bigint beyond the safe integers, undefined when the bytes are no such integer.
 */
export function parseInteger(bytes: Bytes): number | bigint | undefined {
  const negative = bytes[0] === MINUS;
  const from = negative ? 1 : 0;
  const digits = bytes.length - from;
  if (digits < 1 || digits > 19) return undefined;
  if (bytes[from] === ZERO) return bytes.length === 1 ? 0 : undefined;
  if (digits > 15) return parseWide(bytes, from);
  let value = 0;
  for (let i = from; i < bytes.length; i++) {
    const digit = bytes[i]! - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}

/** The same integer, as a number if that is exact. */
export function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

// ---

const MINUS = 0x2d;
const ZERO = 0x30;

function parseWide(bytes: Bytes, from: number): number | bigint | undefined {
  let text = from === 1 ? '-' : '';
  for (let i = from; i < bytes.length; i++) {
    const digit = bytes[i]! - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    text += digit;
  }
  const value = BigInt(text);
  return value > INT64_MAX || value < INT64_MIN ? undefined : narrow(value);
}
