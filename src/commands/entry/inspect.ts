import { Args, Flags } from '@oclif/core';
import { NodeCommand } from '../../cli/base-command.js';
import { base64Flag, databaseFlag } from '../../cli/flags.js';
import { bytesOfArgument } from '../../cli/key-bytes.js';
import { EXIT } from '../../core/model/errors.js';
import { entryInspect } from '../../operations/entry/inspect.js';

export default class EntryInspect extends NodeCommand {
  static override summary = "show every replica's version of a key, which one stands, and why";
  static override description =
    'Of a hash, a set, a sorted set or a counter it shows what it is, and the newest of its parts; with --part one of them: a field, a member, ' +
    'or of a counter the member of the cluster that added. Shows also the values of the key that resolutions set aside, and how to restore them.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> user:17',
    '<%= config.bin %> <%= command.id %> user:17 --part email',
    '<%= config.bin %> <%= command.id %> user:17 --db 2 --json',
  ];
  static override args = { key: Args.string({ required: true, description: 'key' }) };
  static override flags = {
    db: databaseFlag,
    base64: base64Flag,
    part: Flags.string({ helpValue: 'NAME', summary: 'one part of the key: a field, a member, or who counted' }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(EntryInspect);
    const [key, part] = [args.key, flags.part].map((text) =>
      text === undefined ? undefined : bytesOfArgument(text, flags.base64),
    );
    const inspection = await entryInspect(flags.node, flags.db, key!, part);
    await this.show(async () => (await import('../../cli/views/entry-inspect.js')).entryInspectView, {
      ...inspection,
      nowMs: Date.now(),
    });
    if (inspection.state === 'unknown' && inspection.setAside.length === 0) this.endWith(EXIT.notFound);
    return this.answer(async () => (await import('../../cli/json/entries.js')).entryInspectJson, inspection);
  }
}
