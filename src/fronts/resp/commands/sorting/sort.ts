import type { Bytes } from '../../../../core/model/bytes.js';
import { RespError } from '../../keyspace.js';
import { copyOf, isWord } from '../arguments.js';
import { type CommandDefinition, type KeyUse, ONE_KEY } from '../definition.js';
import { readSortOptions } from './sort-options.js';
import { sortAt, sortableKind } from './sorting.js';

export const sortCommand: CommandDefinition = {
  name: 'sort',
  arity: -2,
  flags: ['write', 'denyoom', 'movablekeys'],
  keys: ONE_KEY,
  keyUses: sortKeys,
  needsData: true,
  handle(context, args) {
    const { keyspace, session } = context;
    const options = readSortOptions(args, true, session.identity);
    const kind = sortableKind(context, args[1]!);
    if (options.store === null) return sortAt(context, args[1]!, kind, options);
    if (kind !== undefined) throw new RespError(NO_LISTS);
    // What is sorted is empty, so nothing is stored, and what was there goes.
    keyspace.delete(session.database, copyOf(options.store));
    return 0;
  },
};

// ---

const NO_LISTS =
  'ERR what SORT stores is a list, and this node keeps no lists; sort without STORE, or keep a sorted set (ZADD, ZRANGESTORE)';

function sortKeys(args: readonly Bytes[]): KeyUse[] {
  const uses: KeyUse[] = [{ key: args[1]!, flags: ['RO', 'access'] }];
  for (let i = 2; i + 1 < args.length; i++) {
    if (isWord(args[i], 'limit')) i += 2;
    else if (isWord(args[i], 'get') || isWord(args[i], 'by')) i++;
    else if (isWord(args[i], 'store')) uses[1] = { key: args[++i]!, flags: ['OW', 'update'] };
  }
  return uses;
}
