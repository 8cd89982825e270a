import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { replyWithAll } from '../whole-collection.js';

export const hgetallCommand: CommandDefinition = {
  name: 'hgetall',
  arity: 2,
  flags: ['readonly'],
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) =>
    replyWithAll(context, args[1]!, 'hash', {
      head: (out, fields) => out.map(fields),
      part: (out, { name, value }) => {
        out.bulk(name);
        out.bulk(value);
      },
    }),
};
