import { integerOf, isWord, syntaxError } from '../arguments.js';
import type { CommandDefinition } from '../definition.js';

export const memoryUsageCommand: CommandDefinition = {
  name: 'memory|usage',
  arity: -3,
  flags: ['readonly'],
  keys: { first: 2, last: 2, step: 1 },
  needsData: true,
  handle({ keyspace, session }, args) {
    for (let i = 3; i < args.length; i += 2) {
      if (!isWord(args[i], 'samples') || args[i + 1] === undefined) throw syntaxError();
      if (integerOf(args[i + 1]!) < 0) throw syntaxError();
    }
    const item = keyspace.get(session.database, args[2]!);
    if (item === undefined) return null;
    return RECORD_BYTES + args[2]!.length + (item.dump ?? item.value).length;
  },
};

// ---

/** What a record takes beside key and value: its head, the database, and its place in the index, which is partly empty. */
const RECORD_BYTES = 48;
