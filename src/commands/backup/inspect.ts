import { Args } from '@oclif/core';
import { checkBackup } from '../../cli/backup-file.js';
import { MnemeCommand } from '../../cli/base-command.js';

export default class BackupInspect extends MnemeCommand {
  static override summary = 'read a backup, and say what it is of and that it is whole';
  static override examples = ['<%= config.bin %> <%= command.id %> monday.backup'];
  static override args = { file: Args.string({ required: true, description: 'file that mneme backup create made' }) };

  async run(): Promise<unknown> {
    const { args } = await this.parse(BackupInspect);
    const result = { ...(await checkBackup(args.file)), file: args.file };
    await this.show(async () => (await import('../../cli/views/backup.js')).backupView, result);
    return this.answer(async () => (await import('../../cli/json/backup.js')).backupJson, result);
  }
}
