import type { Bytes } from '../../../core/model/bytes.js';
import { RespError } from '../keyspace.js';
import { copyOf, isWord, syntaxError } from './arguments.js';
import { databaseNumberOf } from './database-number.js';
import type { CommandDefinition } from './definition.js';

export const copyCommand: CommandDefinition = {
  name: 'copy',
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: { first: 1, last: 2, step: 1 },
  needsData: true,
  handle({ keyspace, session }, args) {
    const [from, to] = [args[1]!, copyOf(args[2]!)];
    const { database, replaces } = readOptions(args, session.database);
    if (database === session.database && Buffer.compare(from, to) === 0) throw new RespError(SAME_OBJECT);
    const item = keyspace.get(session.database, from);
    if (item === undefined || (!replaces && keyspace.get(database, to) !== undefined)) return 0;
    keyspace.setItem(database, to, item);
    return 1;
  },
};

export const SAME_OBJECT = 'ERR source and destination objects are the same';

// ---

function readOptions(args: readonly Bytes[], current: number): { database: number; replaces: boolean } {
  let database = current;
  let replaces = false;
  for (let i = 3; i < args.length; i++) {
    if (isWord(args[i], 'replace')) replaces = true;
    else if (isWord(args[i], 'db') && i + 1 < args.length) database = databaseNumberOf(args[++i]!);
    else throw syntaxError();
  }
  return { database, replaces };
}
