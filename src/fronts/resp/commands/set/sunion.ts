import { ALL_KEYS, type CommandDefinition } from '../definition.js';
import { replyWithCombined } from './combined-reply.js';

export const sunionCommand: CommandDefinition = {
  name: 'sunion',
  arity: -2,
  flags: ['readonly'],
  keys: ALL_KEYS,
  needsData: true,
  handle: (context, args) => replyWithCombined(context, 'union', args.slice(1)),
};
