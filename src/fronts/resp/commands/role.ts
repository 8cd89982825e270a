import type { CommandDefinition } from './definition.js';

/** Every node takes writes, so each is a master, and its members are no replicas that a client could turn to instead. */
export const roleCommand: CommandDefinition = {
  name: 'role',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast'],
  handle: () => ['master', 0, []],
};
