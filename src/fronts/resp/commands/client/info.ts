import type { CommandDefinition } from '../definition.js';
import { clientLine } from './line.js';

export const clientInfoCommand: CommandDefinition = {
  name: 'client|info',
  arity: 2,
  flags: ['noscript', 'loading', 'stale'],
  handle: ({ session, keyspace }) => ({ kind: 'verbatim', text: `${clientLine(session, keyspace.nowMs())}\n` }),
};
