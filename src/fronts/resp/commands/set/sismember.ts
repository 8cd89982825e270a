import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { setAt } from './members.js';

export const sismemberCommand: CommandDefinition = {
  name: 'sismember',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) => (setAt(context, args[1]!)?.get(args[2]!) === undefined ? 0 : 1),
};
