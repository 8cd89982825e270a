import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { removeRange } from './removing.js';

export const zremrangebyscoreCommand: CommandDefinition = {
  name: 'zremrangebyscore',
  arity: 4,
  flags: ['write'],
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) => removeRange(context, args, 'score'),
};
