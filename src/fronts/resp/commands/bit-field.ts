import type { Bytes } from '../../../core/model/bytes.js';
import { RespError } from '../keyspace.js';
import type { Context } from '../session.js';
import { integerOf, isWord, syntaxError, textOf } from './arguments.js';
import { bitAt, bitPositionOf, setBitAt } from './bit-position.js';

export type Overflow = 'wrap' | 'sat' | 'fail';

/** A number within a value: where its bits begin, and how many there are. */
export interface BitField {
  readonly isSigned: boolean;
  readonly bits: number;
  readonly position: number;
}

/** One of the operations of a BITFIELD. */
export interface FieldOperation {
  readonly kind: 'get' | 'set' | 'incrby';
  readonly field: BitField;
  /** What to set, or to add. */
  readonly operand: bigint;
  readonly overflow: Overflow;
}

export function readOperations(context: Context, args: readonly Bytes[]): FieldOperation[] {
  const operations: FieldOperation[] = [];
  let overflow: Overflow = 'wrap';
  for (let at = 2; at < args.length; ) {
    const left = args.length - 1 - at;
    if (isWord(args[at], 'overflow') && left >= 1) {
      overflow = overflowOf(args[at + 1]!);
      at += 2;
      continue;
    }
    const kind = KINDS.find(({ word, needs }) => isWord(args[at], word) && left >= needs);
    if (kind === undefined) throw syntaxError();
    const field = fieldOf(context, args[at + 1]!, args[at + 2]!);
    const operand = kind.word === 'get' ? 0n : BigInt(integerOf(args[at + 3]!));
    operations.push({ kind: kind.word, field, operand, overflow });
    at += kind.needs + 1;
  }
  return operations;
}

export function readField(value: Bytes | undefined, { isSigned, bits, position }: BitField): bigint {
  let number = 0n;
  for (let i = 0; i < bits; i++) number = (number << 1n) | BigInt(bitAt(value, position + i));
  return isSigned ? BigInt.asIntN(bits, number) : number;
}

export function writeField(value: Bytes, { bits, position }: BitField, number: bigint): void {
  for (let i = 0; i < bits; i++) setBitAt(value, position + i, Number((number >> BigInt(bits - 1 - i)) & 1n));
}

/** A number as the field can hold it; null: it cannot, and the operation fails. */
export function fitted(number: bigint, { isSigned, bits }: BitField, overflow: Overflow): bigint | null {
  const max = (1n << BigInt(isSigned ? bits - 1 : bits)) - 1n;
  const min = isSigned ? -max - 1n : 0n;
  if (number >= min && number <= max) return number;
  if (overflow === 'fail') return null;
  if (overflow === 'sat') return number > max ? max : min;
  return isSigned ? BigInt.asIntN(bits, number) : BigInt.asUintN(bits, number);
}

// ---

const KINDS = [
  { word: 'get', needs: 2 },
  { word: 'set', needs: 3 },
  { word: 'incrby', needs: 3 },
] as const;

function overflowOf(argument: Bytes): Overflow {
  const found = (['wrap', 'sat', 'fail'] as const).find((word) => isWord(argument, word));
  if (found === undefined) throw new RespError('ERR Invalid OVERFLOW type specified');
  return found;
}

/** "u8" or "i16", and a position in bits, or with "#" in fields of that size. */
function fieldOf(context: Context, type: Bytes, position: Bytes): BitField {
  const [, sign, digits] = /^([ui])(\d{1,2})$/.exec(textOf(type)) ?? [];
  const bits = Number(digits ?? 0);
  const isSigned = sign === 'i';
  if (bits < 1 || bits > (isSigned ? 64 : 63)) throw new RespError(INVALID_TYPE);
  const isCounted = position[0] === HASH;
  return {
    isSigned,
    bits,
    position: bitPositionOf(context, isCounted ? position.subarray(1) : position, isCounted ? bits : 1),
  };
}

const HASH = 0x23;
const INVALID_TYPE = 'ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.';
