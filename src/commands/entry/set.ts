import { Args } from '@oclif/core';
import { NodeCommand } from '../../cli/base-command.js';
import { base64Flag, databaseFlag, durationFlag } from '../../cli/flags.js';
import { bytesOfArgument, valueOfArgument } from '../../cli/key-bytes.js';
import { entrySet } from '../../operations/entry/set.js';

export default class EntrySet extends NodeCommand {
  static override summary = 'write the value of a key';
  static override description = 'The value is the argument, or all of standard input when it is - or left out.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> user:17 Ada',
    '<%= config.bin %> <%= command.id %> session:abc token --ttl 30m',
    'cat picture.png | <%= config.bin %> <%= command.id %> picture',
  ];
  static override args = {
    key: Args.string({ required: true, description: 'key' }),
    value: Args.string({
      default: '-',
      noCacheDefault: true,
      ignoreStdin: true,
      description: 'value; - for standard input',
    }),
  };
  static override flags = {
    db: databaseFlag,
    ttl: durationFlag({ summary: 'delete it after this long, such as 500ms, 30s, 10m, 2h or 7d' }),
    base64: base64Flag,
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(EntrySet);
    const key = bytesOfArgument(args.key, flags.base64);
    const value = await valueOfArgument(args.value, flags.base64);
    const result = await entrySet(flags.node, flags.db, key, value, flags.ttl ?? null);
    await this.show(async () => (await import('../../cli/views/entry-value.js')).entrySetView, result);
    return this.answer(async () => (await import('../../cli/json/entries.js')).entrySetJson, result);
  }
}
