import { RespError } from '../../keyspace.js';
import type { CommandDefinition } from '../definition.js';

/** A node has no configuration file: what is set lasts until its next start. */
export const configRewriteCommand: CommandDefinition = {
  name: 'config|rewrite',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  handle() {
    throw new RespError('ERR The server is running without a config file');
  },
};
