import { type CommandDefinition, ONE_KEY, overMany } from '../definition.js';
import { setFields } from './fields.js';

export const hsetCommand: CommandDefinition = {
  name: 'hset',
  arity: -4,
  flags: ['write', 'denyoom', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  ...overMany((context, args) => setFields(context, args, 'hset', (added) => added)),
};
