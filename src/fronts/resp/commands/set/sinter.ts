import { ALL_KEYS, type CommandDefinition } from '../definition.js';
import { replyWithCombined } from './combined-reply.js';

export const sinterCommand: CommandDefinition = {
  name: 'sinter',
  arity: -2,
  flags: ['readonly'],
  keys: ALL_KEYS,
  needsData: true,
  handle: (context, args) => replyWithCombined(context, 'intersection', args.slice(1)),
};
