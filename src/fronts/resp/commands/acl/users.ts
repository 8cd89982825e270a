import type { CommandDefinition } from '../definition.js';
import { aclUsers } from './rules.js';

export const aclUsersCommand: CommandDefinition = {
  name: 'acl|users',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  handle: ({ host }) => aclUsers(host.access).map(({ name }) => name),
};
