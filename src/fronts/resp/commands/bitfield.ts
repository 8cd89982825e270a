import type { Bytes } from '../../../core/model/bytes.js';
import type { Reply } from '../codec/reply.js';
import type { Context } from '../session.js';
import { isWord } from './arguments.js';
import { type FieldOperation, fitted, readField, readOperations, writeField } from './bit-field.js';
import { type CommandDefinition, ONE_KEY } from './definition.js';
import { grownCopy, replaceValue, valueAt } from './value-change.js';
import { checkValueSize } from './value-size.js';

export const bitfieldCommand: CommandDefinition = {
  name: 'bitfield',
  arity: -2,
  flags: ['write', 'denyoom'],
  keys: ONE_KEY,
  keyUses: (args) => [{ key: args[1]!, flags: args.some(isWriting) ? WRITES : READS }],
  needsData: true,
  handle: (context, args) => performOperations(context, args[1]!, readOperations(context, args)),
};

/** BITFIELD and BITFIELD_RO. The value grows by what is to be written, whether that then fits or not. */
export function performOperations(context: Context, key: Bytes, operations: readonly FieldOperation[]): Reply {
  const old = valueAt(context, key);
  const writing = operations.filter(({ kind }) => kind !== 'get');
  if (writing.length === 0) return operations.map(({ field }) => readField(old, field));
  const length = Math.max(...writing.map(({ field }) => Math.floor((field.position + field.bits - 1) / 8) + 1));
  checkValueSize(context, length);
  const value = grownCopy(old, length);
  const replies = operations.map((operation) => performOperation(value, operation));
  if (length > (old?.length ?? 0) || Buffer.compare(value, old!) !== 0) replaceValue(context, key, value);
  return replies;
}

// ---

const READS = ['RO', 'access'];
const WRITES = ['RW', 'access', 'update'];

function isWriting(argument: Bytes): boolean {
  return isWord(argument, 'set') || isWord(argument, 'incrby');
}

function performOperation(value: Bytes, { kind, field, operand, overflow }: FieldOperation): bigint | null {
  const old = readField(value, field);
  if (kind === 'get') return old;
  const wanted = kind === 'incrby' ? old + operand : field.isSigned ? operand : BigInt.asUintN(64, operand);
  const number = fitted(wanted, field, overflow);
  if (number === null) return null;
  writeField(value, field, number);
  return kind === 'incrby' ? number : old;
}
