import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { replyWithAll } from '../whole-collection.js';

export const hkeysCommand: CommandDefinition = {
  name: 'hkeys',
  arity: 2,
  flags: ['readonly'],
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) =>
    replyWithAll(context, args[1]!, 'hash', {
      head: (out, fields) => out.array(fields),
      part: (out, { name }) => out.bulk(name),
    }),
};
