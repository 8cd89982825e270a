import type { Bytes } from '../../../core/model/bytes.js';
import { copyOf, isWord } from './arguments.js';
import { type CommandDefinition, type KeyUse, ONE_KEY } from './definition.js';
import { readSortOptions, refuseUnsortable } from './sorting.js';

export const sortCommand: CommandDefinition = {
  name: 'sort',
  arity: -2,
  flags: ['write', 'denyoom', 'movablekeys'],
  keys: ONE_KEY,
  keyUses: sortKeys,
  needsData: true,
  handle(context, args) {
    const { keyspace, session } = context;
    const { store } = readSortOptions(args, true);
    refuseUnsortable(context, args[1]!);
    if (store === null) return [];
    // What is sorted is empty, so nothing is stored, and what was there goes.
    keyspace.delete(session.database, copyOf(store));
    return 0;
  },
};

// ---

function sortKeys(args: readonly Bytes[]): KeyUse[] {
  const uses: KeyUse[] = [{ key: args[1]!, flags: ['RO', 'access'] }];
  for (let i = 2; i + 1 < args.length; i++) {
    if (isWord(args[i], 'limit')) i += 2;
    else if (isWord(args[i], 'get') || isWord(args[i], 'by')) i++;
    else if (isWord(args[i], 'store')) uses[1] = { key: args[++i]!, flags: ['OW', 'update'] };
  }
  return uses;
}
