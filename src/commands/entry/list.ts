import { Flags } from '@oclif/core';
import { NodeCommand } from '../../cli/base-command.js';
import { databaseFlag, limitFlag, prefixFlag, prefixOf } from '../../cli/flags.js';
import { entryList } from '../../operations/entry/list.js';

export default class EntryList extends NodeCommand {
  static override summary = 'list entries of a database, with the beginning of their values';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --prefix session: --limit 20',
    '<%= config.bin %> <%= command.id %> --db 2 --deleted --json',
  ];
  static override flags = {
    db: databaseFlag,
    prefix: prefixFlag,
    limit: limitFlag(100),
    deleted: Flags.boolean({ summary: 'list deletes that are still remembered, and expired entries, too' }),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(EntryList);
    const { db: database, limit, deleted } = flags;
    const list = await entryList(flags.node, { database, limit, deleted, ...prefixOf(flags) });
    await this.show(async () => (await import('../../cli/views/entry-list.js')).entryListView, {
      ...list,
      nowMs: Date.now(),
    });
    return this.answer(async () => (await import('../../cli/json/entries.js')).entryListJson, list);
  }
}
