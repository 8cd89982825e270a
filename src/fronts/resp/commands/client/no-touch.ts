import type { CommandDefinition } from '../definition.js';
import { acceptOnOff } from './on-off.js';

export const clientNoTouchCommand: CommandDefinition = {
  name: 'client|no-touch',
  arity: 3,
  flags: ['noscript', 'loading', 'stale'],
  docs: { summary: 'ON or OFF; there are no access times here', since: '7.2.0' },
  handle: acceptOnOff,
};
