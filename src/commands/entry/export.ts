import { Flags } from '@oclif/core';
import { NodeCommand } from '../../cli/base-command.js';
import { prefixFlag, prefixOf } from '../../cli/flags.js';
import { writeOutput } from '../../cli/output-file.js';
import { Progress, progressText } from '../../cli/progress.js';
import { stdoutSink } from '../../cli/streams.js';
import { CLIENT_DATABASES } from '../../core/model/entry.js';
import { OperatorError } from '../../core/model/errors.js';
import { entryExport } from '../../operations/entry/export.js';

export default class EntryExport extends NodeCommand {
  static override summary = 'write entries as NDJSON, one line each';
  static override description =
    'A line is {"db":0,"key":"k","value":"v","expiryMs":1700000000000}; db and expiryMs are left out when 0, and bytes that are ' +
    'not UTF-8 text are in keyBase64 and valueBase64. In the place of the value there may be "hash":{"field":"value"}, "set":["member"] or ' +
    '"zset":[["member",1.5]]; one with many parts takes several lines, "more":true in all but the first. Lists and streams, which came whole from a Redis, are left out, and counted. ' +
    'A file gets its name only when it is complete; one that is there keeps its mode and owner. Devices, FIFOs and sockets are ' +
    'written into.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> > backup.ndjson',
    '<%= config.bin %> <%= command.id %> --output sessions.ndjson --db 0 --prefix session:',
    '<%= config.bin %> <%= command.id %> --node 10.0.0.1:7379 | <%= config.bin %> entry import --node 10.9.0.1:7379',
  ];
  static override flags = {
    output: Flags.string({ char: 'o', helpValue: 'FILE', summary: 'file to write; default: stdout' }),
    db: Flags.integer({ min: 0, max: CLIENT_DATABASES - 1, helpValue: 'NUMBER', summary: 'database; default: all' }),
    prefix: prefixFlag,
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(EntryExport);
    const { output } = flags;
    if (output === undefined && this.jsonEnabled()) {
      throw new OperatorError('usage', 'with --json, stdout is for the summary', 'name a file with --output FILE');
    }
    const progress = new Progress();
    const options = {
      ...prefixOf(flags),
      ...(flags.db === undefined ? {} : { databases: [flags.db] }),
      onProgress: (done: number, expected: number) => progress.show(`exported ${progressText(done, expected)}`),
    };
    const exported = await (output === undefined
      ? entryExport(flags.node, stdoutSink, options)
      : writeOutput(output, (sink) => entryExport(flags.node, sink, options))
    ).finally(() => progress.end());
    const result = { ...exported, output: output ?? null };
    if (!this.jsonEnabled())
      await this.tell(async () => (await import('../../cli/views/entry-transfer.js')).exportView, result);
    return this.answer(async () => (await import('../../cli/json/entries.js')).entryExportJson, result);
  }
}
