import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { replyWithAll } from '../whole-collection.js';

export const smembersCommand: CommandDefinition = {
  name: 'smembers',
  arity: 2,
  flags: ['readonly'],
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) =>
    replyWithAll(context, args[1]!, 'set', {
      head: (out, members) => out.set(members),
      part: (out, { name }) => out.bulk(name),
    }),
};
