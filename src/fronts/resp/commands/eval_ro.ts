import type { CommandDefinition } from './definition.js';
import { evaluating, keysOfScript } from './evaluating.js';

export const evalRoCommand: CommandDefinition = {
  name: 'eval_ro',
  arity: -3,
  flags: ['readonly', 'noscript', 'stale', 'skip_monitor', 'no_mandatory_keys', 'movablekeys'],
  needsData: true,
  keyUses: keysOfScript(['RO', 'access']),
  handle: evaluating({ isBySha: false, isReadOnly: true }),
};
