import type { Bytes } from '../../../../core/model/bytes.js';
import { RespError } from '../../keyspace.js';

/**
 * A text as a number that SORT compares by, read as Redis reads it, which is as C's strtod does: spaces may come first, and no text at all
 * is 0. Throws a RespError as Redis does.
 */
export function numberOf(bytes: Bytes): number {
  const end = bytes.indexOf(0);
  const text = Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('latin1');
  if (text === '') return 0;
  const [, sign, body] = SIGNED.exec(text)!;
  const number = magnitude(body!);
  if (number === undefined || (number === Number.POSITIVE_INFINITY && !INFINITE.test(body!))) {
    throw new RespError("ERR One or more scores can't be converted into double");
  }
  return sign === '-' ? -number : number;
}

// ---

const SIGNED = /^[ \t\n\v\f\r]*([+-]?)(.*)$/s;
const INFINITE = /^inf(inity)?$/i;
const DECIMAL = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const HEXADECIMAL = /^0x([\da-f]*)\.?([\da-f]*)(?:p([+-]?\d+))?$/i;

/** undefined: it is no number. */
function magnitude(text: string): number | undefined {
  if (DECIMAL.test(text)) return Number(text);
  if (INFINITE.test(text)) return Number.POSITIVE_INFINITY;
  const parts = HEXADECIMAL.exec(text);
  if (parts === null) return undefined;
  const [, whole = '', fraction = '', power = '0'] = parts;
  if (whole === '' && fraction === '') return undefined;
  return Number(`0x${whole}${fraction}`) * 2 ** (Number(power) - 4 * fraction.length);
}
