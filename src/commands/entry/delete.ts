import { Args } from '@oclif/core';
import { NodeCommand } from '../../cli/base-command.js';
import { base64Flag, databaseFlag } from '../../cli/flags.js';
import { bytesOfArgument } from '../../cli/key-bytes.js';
import { EXIT } from '../../core/model/errors.js';
import { entryDelete } from '../../operations/entry/delete.js';

export default class EntryDelete extends NodeCommand {
  static override summary = 'delete keys';
  static override description = 'Exit code 7 when there was none of them.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> user:17',
    '<%= config.bin %> <%= command.id %> user:17 user:18 --db 2',
  ];
  static override strict = false;
  static override args = { key: Args.string({ required: true, description: 'key, and more keys after it' }) };
  static override flags = { db: databaseFlag, base64: base64Flag };

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(EntryDelete);
    const keys = (argv as string[]).map((key) => bytesOfArgument(key, flags.base64));
    const result = await entryDelete(flags.node, flags.db, keys);
    await this.show(async () => (await import('../../cli/views/entry-value.js')).entryDeleteView, result);
    this.endWith(result.deleted === 0 ? EXIT.notFound : EXIT.done);
    return this.answer(async () => (await import('../../cli/json/entries.js')).entryDeleteJson, result);
  }
}
