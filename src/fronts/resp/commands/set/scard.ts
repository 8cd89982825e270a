import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { setAt } from './members.js';

export const scardCommand: CommandDefinition = {
  name: 'scard',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) => setAt(context, args[1]!)?.size ?? 0,
};
