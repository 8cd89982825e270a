import { alone } from '../alone.js';
import { copyOf } from '../arguments.js';
import { kindOf } from '../collection-kind.js';
import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { dumpingCollection, dumpOfString } from './dump-writer.js';

export const dumpCommand: CommandDefinition = {
  name: 'dump',
  arity: 2,
  flags: ['readonly'],
  keys: ONE_KEY,
  needsData: true,
  handle(context, args) {
    const { keyspace, session } = context;
    const item = keyspace.get(session.database, args[1]!);
    if (item === undefined) return null;
    const kind = kindOf(item);
    if (kind === undefined) return item.dump ?? dumpOfString(item.value);
    return alone(
      context,
      dumpingCollection(context, copyOf(args[1]!), kind),
      () => {},
      () => !session.isGone,
    );
  },
};
