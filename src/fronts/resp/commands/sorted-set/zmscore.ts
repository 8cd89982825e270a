import { replyInPieces } from '../../codec/reply-writer.js';
import { scoreOf } from '../../collection.js';
import { type CommandDefinition, ONE_KEY, overMany } from '../definition.js';
import { overParts } from '../over-parts.js';
import { sortedSetAt } from './members.js';

export const zmscoreCommand: CommandDefinition = {
  name: 'zmscore',
  arity: -3,
  flags: ['readonly', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  ...overMany((context, args) => {
    const found = replyInPieces();
    found.protocol = context.session.protocol;
    found.array(args.length - 2);
    sortedSetAt(context, args.at(1));
    return overParts(context, args, {
      from: 2,
      width: 1,
      changes: false,
      each: (index) => {
        const value = sortedSetAt(context, args.at(1))?.get(args.at(index));
        if (value === undefined) found.null();
        else found.double(scoreOf(value));
      },
      reply: () => ({ kind: 'encoded', chunks: found.take() }),
    });
  }),
};
