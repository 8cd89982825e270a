import { Args } from '@oclif/core';
import { NodeCommand } from '../../cli/base-command.js';
import { Progress } from '../../cli/progress.js';
import { inputOf } from '../../cli/streams.js';
import { EXIT } from '../../core/model/errors.js';
import { entryImport, type ImportResult } from '../../operations/entry/import.js';

export default class EntryImport extends NodeCommand {
  static override summary = 'write entries from NDJSON, as mneme entry export writes it';
  static override description =
    'Reads a file or stdin of any size. A bad line is named by its number and the others go on; exit code 2 if there was one. A field that is not known is ' +
    'refused, since it may be an expiry. What a key had is replaced. Exit code 6 when nothing was written.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> backup.ndjson',
    'zcat backup.ndjson.gz | <%= config.bin %> <%= command.id %> --node 10.0.0.1:7379',
  ];
  static override args = {
    file: Args.string({ default: '-', ignoreStdin: true, description: 'file to read; - for stdin' }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(EntryImport);
    const progress = new Progress();
    const onProgress = ({ lines, imported, bad }: ImportResult) =>
      progress.show(`read ${lines} entries, wrote ${imported}, bad lines: ${bad}`);
    const result = await entryImport(flags.node, inputOf(args.file), { onProgress }).finally(() => progress.end());
    await this.show(async () => (await import('../../cli/views/entry-transfer.js')).importView, result);
    this.endWith(result.bad > 0 ? EXIT.usage : result.imported === 0 ? EXIT.refused : EXIT.done);
    return this.answer(async () => (await import('../../cli/json/entries.js')).entryImportJson, result);
  }
}
