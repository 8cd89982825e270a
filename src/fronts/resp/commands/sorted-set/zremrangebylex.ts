import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { removeRange } from './removing.js';

export const zremrangebylexCommand: CommandDefinition = {
  name: 'zremrangebylex',
  arity: 4,
  flags: ['write'],
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) => removeRange(context, args, 'lex'),
};
