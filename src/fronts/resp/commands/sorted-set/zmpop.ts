import type { Bytes } from '../../../../core/model/bytes.js';
import { RespError } from '../../keyspace.js';
import { integerOf, isWord, syntaxError } from '../arguments.js';
import type { CommandDefinition } from '../definition.js';
import { numberedKeys } from './numbered-keys.js';
import { type PoppedEnd, popFromFirst } from './popping.js';

export const zmpopCommand: CommandDefinition = {
  name: 'zmpop',
  arity: -4,
  flags: ['write', 'movablekeys'],
  keyUses: (args) => numberedKeys(args, 1, ['RW', 'access', 'delete']),
  needsData: true,
  handle(context, args) {
    const keyCount = positive(args[1]!, 'numkeys');
    const rest = args.slice(2 + keyCount);
    return popFromFirst(context, args.slice(2, 2 + keyCount), endOf(rest[0]), countOf(rest.slice(1)));
  },
};

// ---

function positive(argument: Bytes, what: string): number {
  const wrong = `ERR ${what} should be greater than 0`;
  const value = Number(integerOf(argument, wrong));
  if (value < 1) throw new RespError(wrong);
  return value;
}

function endOf(argument: Bytes | undefined): PoppedEnd {
  if (isWord(argument, 'min')) return 'least';
  if (isWord(argument, 'max')) return 'most';
  throw syntaxError();
}

function countOf(options: readonly Bytes[]): number {
  let count: number | undefined;
  for (let i = 0; i < options.length; i += 2) {
    if (!isWord(options[i], 'count') || i + 1 === options.length || count !== undefined) throw syntaxError();
    count = positive(options[i + 1]!, 'count');
  }
  return count ?? 1;
}
