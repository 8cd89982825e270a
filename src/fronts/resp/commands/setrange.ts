import { RespError } from '../keyspace.js';
import { integerOf } from './arguments.js';
import { type CommandDefinition, ONE_KEY } from './definition.js';
import { grownCopy, replaceValue, valueAt } from './value-change.js';
import { checkValueSize } from './value-size.js';

export const setrangeCommand: CommandDefinition = {
  name: 'setrange',
  arity: 4,
  flags: ['write', 'denyoom'],
  keys: ONE_KEY,
  needsData: true,
  handle(context, args) {
    const offset = Number(integerOf(args[2]!));
    if (offset < 0) throw new RespError('ERR offset is out of range');
    const [key, part] = [args[1]!, args[3]!];
    const old = valueAt(context, key);
    if (part.length === 0) return old?.length ?? 0;
    checkValueSize(context, offset + part.length);
    const value = grownCopy(old, offset + part.length);
    value.set(part, offset);
    replaceValue(context, key, value);
    return value.length;
  },
};
