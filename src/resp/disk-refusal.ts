import type { CommandDefinition } from './commands/definition.js';
import type { Context } from './session.js';

/** They write nothing but tombstones. */
const DELETES: ReadonlySet<string> = new Set(['del', 'unlink', 'getdel', 'flushdb', 'flushall']);

/** An error text if the node's disk does not take what the command may write. */
export function refusalOfDisk({ keyspace }: Context, { name, flags }: CommandDefinition): string | null {
  return flags.includes('write') ? keyspace.readOnly(DELETES.has(name)) : null;
}
