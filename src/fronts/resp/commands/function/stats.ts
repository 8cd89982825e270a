import { mapReply } from '../../codec/reply.js';
import type { CommandDefinition } from '../definition.js';

/** Nothing runs, and there is no engine that could run anything. */
export const functionStatsCommand: CommandDefinition = {
  name: 'function|stats',
  arity: 2,
  flags: ['noscript', 'allow_busy'],
  handle: () =>
    mapReply([
      ['running_script', null],
      ['engines', mapReply([])],
    ]),
};
