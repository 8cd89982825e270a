import { type CommandDefinition, ONE_KEY } from './definition.js';
import { setWithExpiry } from './set-with-expiry.js';

export const psetexCommand: CommandDefinition = {
  name: 'psetex',
  arity: 4,
  flags: ['write', 'denyoom'],
  categories: ['string'],
  group: 'string',
  since: '2.6.0',
  summary: 'Set the value and the expiry in milliseconds of a key',
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) => setWithExpiry(context, args, 'milliseconds', 'psetex'),
};
