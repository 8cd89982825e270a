import { type CommandDefinition, ONE_KEY } from './definition.js';
import { expiryOfOption, touchExpiring } from './expiry.js';
import { readSetOptions } from './set-options.js';

export const getexCommand: CommandDefinition = {
  name: 'getex',
  arity: -2,
  flags: ['write', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle(context, args) {
    const { keyspace, session } = context;
    const { expiry } = readSetOptions('getex', args, 2);
    const item = keyspace.get(session.database, args[1]!);
    if (item === undefined) return null;
    const { value } = item;
    if (typeof expiry === 'object') touchExpiring(context, args[1]!, expiryOfOption(context, expiry, 'getex'));
    else if (expiry === 'persist' && item.expiryMs !== 0) keyspace.touch(session.database, args[1]!, 0);
    return value;
  },
};
