import { copyOf } from '../arguments.js';
import type { CommandDefinition } from '../definition.js';

export const scriptLoadCommand: CommandDefinition = {
  name: 'script|load',
  arity: 3,
  flags: ['noscript', 'stale'],
  role: 'write',
  handle({ host: { scripts } }, args) {
    const ready = scripts.ready();
    if (ready === undefined) return scripts.load(args[2]!).sha;
    const source = copyOf(args[2]!);
    return ready.then(() => scripts.load(source).sha);
  },
};
