import { textOf } from '../arguments.js';
import type { CommandDefinition } from '../definition.js';

export const scriptExistsCommand: CommandDefinition = {
  name: 'script|exists',
  arity: -3,
  flags: ['noscript'],
  handle: ({ host }, args) => args.slice(2).map((sha) => Number(host.scripts.has(textOf(sha).toLowerCase()))),
};
