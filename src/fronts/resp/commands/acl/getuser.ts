import { mapReply } from '../../codec/reply.js';
import { textOf } from '../arguments.js';
import type { CommandDefinition } from '../definition.js';
import { aclUsers } from './rules.js';

export const aclGetuserCommand: CommandDefinition = {
  name: 'acl|getuser',
  arity: 3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  handle({ host }, args) {
    const wanted = textOf(args[2]!);
    const user = aclUsers(host.access).find(({ name }) => name === wanted);
    if (user === undefined) return null;
    const { password, keys, channels, commands } = user;
    return mapReply([
      ['flags', { kind: 'set', items: password === NO_PASSWORD ? ['on', NO_PASSWORD] : ['on'] }],
      ['passwords', []],
      ['commands', commands],
      ['keys', keys],
      ['channels', channels],
      ['selectors', []],
    ]);
  },
};

// ---

const NO_PASSWORD = 'nopass';
