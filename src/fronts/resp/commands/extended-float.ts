import type { Bytes } from '../../../core/model/bytes.js';

/**
 * The arithmetic of INCRBYFLOAT. Redis adds in C's `long double`, on x86 a binary number of 64 bits, and prints 17 decimals: in
 * JavaScript's numbers, of 53 bits, 0.1 and 0.2 would not make 0.3. So the same is done here in whole numbers: the value is
 * `significand` times two to the power of `exponent`, rounded to 64 bits, half to even.
 */
export interface Extended {
  readonly significand: bigint;
  readonly exponent: number;
}

/** Reads what C's strtold takes, without spaces: decimal and hexadecimal numbers, and infinity. undefined: it is no number. */
export function parseExtended(bytes: Bytes): Extended | 'infinite' | undefined {
  if (bytes.length === 0 || bytes.length >= TEXT_BYTES_MAX) return undefined;
  const text = Buffer.from(bytes).toString('latin1');
  if (/^[+-]?inf(inity)?$/i.test(text)) return 'infinite';
  const parts = DECIMAL.exec(text) ?? HEXADECIMAL.exec(text);
  if (parts === null) return undefined;
  const [, sign, prefix = '', whole = '', fraction = '', power = '0'] = parts;
  if (whole === '' && fraction === '') return undefined;
  if (Math.abs(Number(power)) > POWER_MAX) return undefined;
  const magnitude = BigInt(`${prefix}${whole}${fraction}`);
  const digits = sign === '-' ? -magnitude : magnitude;
  const value =
    prefix === ''
      ? ofQuotient(digits, Number(power) - fraction.length)
      : rounded(digits, Number(power) - 4 * fraction.length);
  return isInRange(value) ? value : undefined;
}

export function addExtended(a: Extended, b: Extended): Extended | 'infinite' {
  const exponent = Math.min(a.exponent, b.exponent);
  const sum = (a.significand << BigInt(a.exponent - exponent)) + (b.significand << BigInt(b.exponent - exponent));
  const value = rounded(sum, exponent);
  return isInRange(value) ? value : 'infinite';
}

/** As C's "%.17Lf", without zeros at the end. */
export function textOfExtended({ significand, exponent }: Extended): string {
  const isNegative = significand < 0n;
  const magnitude = isNegative ? -significand : significand;
  const scaled = magnitude * 10n ** DECIMALS;
  const digits = String(exponent >= 0 ? scaled << BigInt(exponent) : shiftedRight(scaled, -exponent)).padStart(18, '0');
  const [whole, decimals] = [digits.slice(0, -17), digits.slice(-17).replace(/0+$/, '')];
  const text = decimals === '' ? whole : `${whole}.${decimals}`;
  return isNegative && text !== '0' ? `-${text}` : text;
}

// ---

/** Redis' MAX_LONG_DOUBLE_CHARS. A sum can be long: what INCRBYFLOAT makes of 1e300 has 301 digits. */
const TEXT_BYTES_MAX = 5 * 1024;
const BITS = 64;
const DECIMALS = 17n;
/** A long double reaches to about 10 to the power of 4932. */
const POWER_MAX = 5000;
const EXPONENT_MAX = 16_384;
const DECIMAL = /^([+-]?)()(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i;
const HEXADECIMAL = /^([+-]?)(0x)([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?\d+))?$/i;

/** `digits` times ten to the power of `power`. */
function ofQuotient(digits: bigint, power: number): Extended {
  if (power >= 0) return rounded(digits * 10n ** BigInt(power), 0);
  const divisor = 10n ** BigInt(-power);
  const magnitude = digits < 0n ? -digits : digits;
  // So many bits more that the quotient has all that count, and one that says whether anything is left.
  const shift = Math.max(0, bitLength(divisor) - bitLength(magnitude) + BITS + 2);
  const dividend = magnitude << BigInt(shift);
  const quotient = dividend / divisor;
  const sticky = quotient * divisor === dividend ? 0n : 1n;
  const value = (quotient << 1n) | sticky;
  return rounded(digits < 0n ? -value : value, -shift - 1);
}

function rounded(value: bigint, exponent: number): Extended {
  const magnitude = value < 0n ? -value : value;
  const excess = bitLength(magnitude) - BITS;
  if (excess <= 0) return { significand: value, exponent };
  const significand = shiftedRight(magnitude, excess);
  return { significand: value < 0n ? -significand : significand, exponent: exponent + excess };
}

/** Half to even. */
function shiftedRight(magnitude: bigint, bits: number): bigint {
  const shift = BigInt(bits);
  const kept = magnitude >> shift;
  const rest = magnitude - (kept << shift);
  const half = 1n << (shift - 1n);
  const isUp = rest > half || (rest === half && (kept & 1n) === 1n);
  return isUp ? kept + 1n : kept;
}

function bitLength(magnitude: bigint): number {
  return magnitude === 0n ? 0 : magnitude.toString(2).length;
}

function isInRange({ significand, exponent }: Extended): boolean {
  return bitLength(significand < 0n ? -significand : significand) + exponent <= EXPONENT_MAX;
}
