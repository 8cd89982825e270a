import type { CommandDefinition } from '../definition.js';
import { aclUsers } from './rules.js';

export const aclListCommand: CommandDefinition = {
  name: 'acl|list',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  handle: ({ host }) =>
    aclUsers(host.access).map(
      ({ name, password, keys, channels, commands }) => `user ${name} on ${password} ${keys} ${channels} ${commands}`,
    ),
};
