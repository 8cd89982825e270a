import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { replyRange } from './ranging.js';

export const zrangebylexCommand: CommandDefinition = {
  name: 'zrangebylex',
  arity: -4,
  flags: ['readonly'],
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) => replyRange(context, args, { kind: 'lex', isReversed: false }),
};
