import { Args } from '@oclif/core';
import { NodeCommand } from '../../cli/base-command.js';
import { base64Flag, databaseFlag } from '../../cli/flags.js';
import { bytesOfArgument } from '../../cli/key-bytes.js';
import { EXIT } from '../../core/model/errors.js';
import { entryGet } from '../../operations/entry/get.js';

export default class EntryGet extends NodeCommand {
  static override summary = 'read the value of a key';
  static override description =
    'Writes the bytes of the value to stdout as they are, with a line end in a terminal; of a hash, a set or a sorted set a table of its first 1000 fields or members. Exit code 7 when there is no such key.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> user:17',
    '<%= config.bin %> <%= command.id %> user:17 --db 2 --json',
    '<%= config.bin %> <%= command.id %> AP8= --base64',
  ];
  static override args = { key: Args.string({ required: true, description: 'key' }) };
  static override flags = { db: databaseFlag, base64: base64Flag };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(EntryGet);
    const entry = await entryGet(flags.node, flags.db, bytesOfArgument(args.key, flags.base64));
    const { entryPartsView, entryRemarkView, entryValueBytes } = await import('../../cli/views/entry-value.js');
    if (entry.collection === null) this.showBytes(entryValueBytes(entry, flags.base64));
    else await this.show(async () => entryPartsView, entry.collection);
    if (!this.jsonEnabled()) await this.tell(async () => entryRemarkView, { entry, nowMs: Date.now() });
    this.endWith(entry.found ? EXIT.done : EXIT.notFound);
    return this.answer(async () => (await import('../../cli/json/entries.js')).entryGetJson, entry);
  }
}
