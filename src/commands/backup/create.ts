import { Args } from '@oclif/core';
import { writeBackup } from '../../cli/backup-file.js';
import { NodeCommand } from '../../cli/base-command.js';
import { Progress } from '../../cli/progress.js';
import { backupCreate } from '../../operations/backup/create.js';
import { humanBytes } from '../../operations/common/sizes.js';

export default class BackupCreate extends NodeCommand {
  static override summary = 'copy all that a node holds, as of one moment, while it works';
  static override description =
    'All types, with their expiries: what the node had acknowledged, or taken in from others, when the command began, and nothing later. ' +
    'It is the snapshot and the journal of its data directory, so it takes little of the node. Records of the cluster, set-aside ' +
    'values and the hashes of passwords are in it too: keep it as you keep the data.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> monday.backup',
    '<%= config.bin %> <%= command.id %> /mnt/backups/b --node 10.0.0.2:7379',
  ];
  static override args = { file: Args.string({ required: true, description: 'file to write' }) };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(BackupCreate);
    const progress = new Progress();
    const onProgress = (done: number, of: number) => progress.show(`copied ${humanBytes(done)} of ${humanBytes(of)}`);
    const facts = await writeBackup(args.file, (sink) => backupCreate(flags.node, sink, onProgress)).finally(() =>
      progress.end(),
    );
    const result = { ...facts, file: args.file };
    await this.show(async () => (await import('../../cli/views/backup.js')).backupView, result);
    return this.answer(async () => (await import('../../cli/json/backup.js')).backupJson, result);
  }
}
