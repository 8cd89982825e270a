import { ANYBODY } from '../../access/identity.js';
import type { CommandDefinition } from '../definition.js';

export const aclWhoamiCommand: CommandDefinition = {
  name: 'acl|whoami',
  arity: 2,
  flags: ['noscript', 'loading', 'stale'],
  handle: ({ session }) => (session.identity ?? ANYBODY).name,
};
