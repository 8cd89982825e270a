import { RespError } from '../../keyspace.js';
import { objectSubcommand } from './subcommand.js';

/** No eviction policy here counts how often a key is used, so the answer is Redis' where none does. */
export const objectFreqCommand = objectSubcommand('freq', () => {
  throw new RespError(
    'ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.',
  );
});
