import type { Bytes } from '../../../../core/model/bytes.js';
import { RespError } from '../../keyspace.js';

/** A score or a weight among the arguments, as Redis reads it. */
export function scoreArgument(argument: Bytes, errorText = NOT_A_FLOAT): number {
  const short = shortDecimal(argument);
  if (short !== undefined) return short;
  const { value, isOutOfRange } = readDouble(textIn(argument));
  if (Number.isNaN(value) || isOutOfRange) throw new RespError(errorText);
  return value;
}

/**
 * The number of a bound of a range: NaN if it is none. Redis is laxer with them than with scores: spaces may come first, it ends
 * with a zero byte, nothing at all is 0, and what is out of range is infinite or zero.
 */
export function boundNumber(argument: Bytes): number {
  const short = shortDecimal(argument);
  if (short !== undefined) return short;
  const text = textIn(argument).split('\0', 1)[0]!;
  return text === '' ? 0 : readDouble(text.replace(/^[ \t\n\v\f\r]+/, '')).value;
}

const score = new DataView(new ArrayBuffer(8));
const scoreInPlace = new Uint8Array(score.buffer);

/** As `scoreBytes`, in bytes that are the same each time: for what copies them at once. A zero is kept without its sign. */
export function scoreToCopy(value: number): Bytes {
  score.setFloat64(0, value + 0);
  return scoreInPlace;
}

// ---

const NOT_A_FLOAT = 'ERR value is not a valid float';
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const HEXADECIMAL = /^([+-]?)0x([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?\d+))?$/i;
const INFINITE = /^[+-]?inf(?:inity)?$/i;

/** Every integer below has a double of its own, and so has every power of ten up to the 22nd: one division rounds once. */
const SHORT_DIGITS_MAX = 15;
const POWERS = Array.from({ length: SHORT_DIGITS_MAX + 1 }, (_, power) => 10 ** power);
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;

/** A number without a power and of few digits, as nearly all are, read without a text of it; undefined: another one, or none. */
function shortDecimal(bytes: Bytes): number | undefined {
  const isNegative = bytes[0] === MINUS;
  let [digits, decimals, isWhole] = [0, 0, true];
  let value = 0;
  for (let i = isNegative ? 1 : 0; i < bytes.length; i++) {
    const digit = bytes[i]! - ZERO;
    if (bytes[i] === POINT && isWhole) isWhole = false;
    else if (digit < 0 || digit > 9 || ++digits > SHORT_DIGITS_MAX) return undefined;
    else {
      value = value * 10 + digit;
      if (!isWhole) decimals++;
    }
  }
  if (digits === 0) return undefined;
  const magnitude = decimals === 0 ? value : value / POWERS[decimals]!;
  return isNegative ? -magnitude : magnitude;
}

function textIn(bytes: Bytes): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

/** What C's strtod makes of a whole text: NaN if it is no number. */
function readDouble(text: string): { value: number; isOutOfRange: boolean } {
  if (INFINITE.test(text)) return { value: text[0] === '-' ? -Infinity : Infinity, isOutOfRange: false };
  if (DECIMAL.test(text)) return inRange(Number(text), /^[^e]*[1-9]/i.test(text));
  const [, sign, whole = '', fraction = '', power = '0'] = HEXADECIMAL.exec(text) ?? [];
  if (whole === '' && fraction === '') return { value: Number.NaN, isOutOfRange: false };
  const digits = BigInt(`0x${whole}${fraction}`);
  const value = scaled(digits, Number(power) - 4 * fraction.length);
  return inRange(sign === '-' ? -value : value, digits !== 0n);
}

function inRange(value: number, isNotZero: boolean): { value: number; isOutOfRange: boolean } {
  return { value, isOutOfRange: !Number.isFinite(value) || (value === 0 && isNotZero) };
}

/** In two steps, since a power of two may be out of range where the product is not. */
function scaled(digits: bigint, power: number): number {
  const half = Math.trunc(power / 2);
  return Number(digits) * 2 ** half * 2 ** (power - half);
}
