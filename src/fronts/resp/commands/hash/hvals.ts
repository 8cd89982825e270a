import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { replyWithAll } from '../whole-collection.js';

export const hvalsCommand: CommandDefinition = {
  name: 'hvals',
  arity: 2,
  flags: ['readonly'],
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) =>
    replyWithAll(context, args[1]!, 'hash', {
      head: (out, fields) => out.array(fields),
      part: (out, { value }) => out.bulk(value),
    }),
};
