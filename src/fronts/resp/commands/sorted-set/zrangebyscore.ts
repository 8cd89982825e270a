import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { replyRange } from './ranging.js';

export const zrangebyscoreCommand: CommandDefinition = {
  name: 'zrangebyscore',
  arity: -4,
  flags: ['readonly'],
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) => replyRange(context, args, { kind: 'score', isReversed: false }),
};
