import { withFooter } from '../../../../engines/redis/dump-version.js';
import type { CommandDefinition } from '../definition.js';
import { DUMP_VERSION } from '../dump/dump-format.js';

/** The dump of no functions. */
export const functionDumpCommand: CommandDefinition = {
  name: 'function|dump',
  arity: 2,
  flags: ['noscript'],
  handle: () => withFooter(Buffer.alloc(0), DUMP_VERSION),
};
