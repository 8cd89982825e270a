import type { Bytes } from '../../../core/model/bytes.js';
import type { Reply } from '../codec/reply.js';
import type { Context } from '../session.js';
import { type CommandDefinition, ONE_KEY } from './definition.js';
import { rangeWithin } from './range.js';
import { valueAt } from './value-change.js';

export const getrangeCommand: CommandDefinition = {
  name: 'getrange',
  arity: 4,
  flags: ['readonly'],
  keys: ONE_KEY,
  needsData: true,
  handle: getRange,
};

/** GETRANGE and SUBSTR. The positions are checked first, also where there is no key. */
export function getRange(context: Context, args: readonly Bytes[]): Reply {
  rangeWithin(args[2]!, args[3]!, 0);
  const value = valueAt(context, args[1]!);
  if (value === undefined) return '';
  const { first, last } = rangeWithin(args[2]!, args[3]!, value.length);
  return value.subarray(first, last + 1);
}
