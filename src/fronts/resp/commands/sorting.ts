import type { Bytes } from '../../../core/model/bytes.js';
import { RespError } from '../keyspace.js';
import type { Context } from '../session.js';
import { integerOf, isWord, syntaxError } from './arguments.js';

/** Checks the options of SORT and SORT_RO. Returns the key to store the result at; null: none. */
export function readSortOptions(args: readonly Bytes[], mayStore: boolean): { store: Bytes | null } {
  let store: Bytes | null = null;
  for (let i = 2; i < args.length; i++) {
    const left = args.length - 1 - i;
    if (['asc', 'desc', 'alpha'].some((word) => isWord(args[i], word))) continue;
    if (isWord(args[i], 'limit') && left >= 2) {
      integerOf(args[++i]!);
      integerOf(args[++i]!);
    } else if ((isWord(args[i], 'by') || isWord(args[i], 'get')) && left >= 1) i++;
    else if (mayStore && isWord(args[i], 'store') && left >= 1) store = args[++i]!;
    else throw syntaxError();
  }
  return { store };
}

/** There are strings here, which nobody can sort, and missing keys, which are empty lists. */
export function refuseUnsortable({ keyspace, session }: Context, key: Bytes): void {
  const item = keyspace.get(session.database, key);
  if (item === undefined) return;
  if ((item.type ?? 'string') !== 'string')
    throw new RespError('ERR this node does not sort, it passes such values on');
  throw new RespError('WRONGTYPE Operation against a key holding the wrong kind of value');
}
