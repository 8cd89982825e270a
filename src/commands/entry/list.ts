import { Flags } from '@oclif/core';
import { NodeCommand } from '../../cli/base-command.js';
import { databaseFlag, prefixFlag, prefixOf } from '../../cli/flags.js';
import { listFlags } from '../../cli/lists/list-flags.js';
import { entryList } from '../../operations/entry/list.js';

export default class EntryList extends NodeCommand {
  static override summary = 'list entries of a database, with the beginning of their values';
  static override description =
    'Up to 10000 entries are in the order of their keys; more are in the order in which the node holds them, so that not all have to be read. ' +
    'With --sort all entries of the database are read, or all that begin with --prefix.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --prefix session: --limit 20',
    '<%= config.bin %> <%= command.id %> --db 2 --deleted --json',
    '<%= config.bin %> <%= command.id %> --sort bytes:desc --limit 10 -o wide',
  ];
  static override flags = {
    db: databaseFlag,
    prefix: prefixFlag,
    ...listFlags(100),
    deleted: Flags.boolean({ summary: 'list deletes that are still remembered, and expired entries, too' }),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(EntryList);
    const { db: database, deleted } = flags;
    const nowMs = Date.now();
    return this.list(flags, {
      listing: async () => (await import('../../cli/views/entry-list.js')).entryListing,
      json: async () => (await import('../../cli/json/entries.js')).entryListJson,
      hasMore: ({ truncated }) => truncated,
      ask: async ({ order, offset, limit = Number.POSITIVE_INFINITY }) => {
        const options = { database, deleted, offset, limit, ...prefixOf(flags) };
        const list = await entryList(flags.node, {
          ...options,
          ...(order === null ? {} : { order: (one, other) => order({ ...one, nowMs }, { ...other, nowMs }) }),
        });
        return { ...list, nowMs, offset };
      },
    });
  }
}
