import type { CommandDefinition } from '../definition.js';
import { acceptOnOff } from './on-off.js';

/** Clients are never evicted here. */
export const clientNoEvictCommand: CommandDefinition = {
  name: 'client|no-evict',
  arity: 3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  handle: acceptOnOff,
};
