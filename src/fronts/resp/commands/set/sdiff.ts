import { ALL_KEYS, type CommandDefinition } from '../definition.js';
import { replyWithCombined } from './combined-reply.js';

export const sdiffCommand: CommandDefinition = {
  name: 'sdiff',
  arity: -2,
  flags: ['readonly'],
  keys: ALL_KEYS,
  needsData: true,
  handle: (context, args) => replyWithCombined(context, 'difference', args.slice(1)),
};
