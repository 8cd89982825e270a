import { mapReply } from '../../codec/reply.js';
import type { CommandDefinition } from '../definition.js';

export const clientTrackinginfoCommand: CommandDefinition = {
  name: 'client|trackinginfo',
  arity: 2,
  flags: ['noscript', 'loading', 'stale'],
  handle: () =>
    mapReply([
      ['flags', { kind: 'set', items: ['off'] }],
      ['redirect', -1],
      ['prefixes', []],
    ]),
};
