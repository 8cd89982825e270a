import type { CommandDefinition } from './definition.js';
import { evaluating, keysOfScript } from './evaluating.js';

export const evalCommand: CommandDefinition = {
  name: 'eval',
  arity: -3,
  flags: ['noscript', 'stale', 'skip_monitor', 'no_mandatory_keys', 'movablekeys'],
  role: 'write',
  needsData: true,
  keyUses: keysOfScript(['RW', 'access', 'update']),
  handle: evaluating({ isBySha: false, isReadOnly: false }),
};
