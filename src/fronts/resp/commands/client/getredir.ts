import type { CommandDefinition } from '../definition.js';

/** No client is tracked, so nothing is redirected. */
export const clientGetredirCommand: CommandDefinition = {
  name: 'client|getredir',
  arity: 2,
  flags: ['noscript', 'loading', 'stale'],
  handle: () => -1,
};
