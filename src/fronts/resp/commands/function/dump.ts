import { DUMP_VERSION } from '../../../../engines/redis/dump-encoding.js';
import { withFooter } from '../../../../engines/redis/dump-version.js';
import type { CommandDefinition } from '../definition.js';

/** The dump of no functions. */
export const functionDumpCommand: CommandDefinition = {
  name: 'function|dump',
  arity: 2,
  flags: ['noscript'],
  handle: () => withFooter(Buffer.alloc(0), DUMP_VERSION),
};
