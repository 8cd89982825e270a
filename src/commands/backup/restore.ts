import { Args } from '@oclif/core';
import { newRestoreId, withUnpacked } from '../../cli/backup-file.js';
import { NodeCommand } from '../../cli/base-command.js';
import { dryRunFlag, prefixFlag, prefixOf, yesFlag } from '../../cli/flags.js';
import { Progress } from '../../cli/progress.js';
import { EXIT } from '../../core/model/errors.js';
import { backupRestore, type Restored } from '../../operations/backup/restore.js';

const VIEW = async () => (await import('../../cli/views/backup.js')).restoreView;

export default class BackupRestore extends NodeCommand {
  static override summary = 'write what is in a backup to a node, as new writes';
  static override description =
    'Shows what it would do and asks. What it overrides is set aside first, and mneme split-brain undo brings it back; a key that was written ' +
    'since the backup is overridden too, and one that only came since stays; of a hash, a set or a sorted set what only came since goes. Into a cluster without entries nothing is set aside. If it ' +
    'is interrupted, the same command goes on. It takes as much memory as a node with these entries, and room for the files in the ' +
    'directory for temporary files. Exit code 6 when there is nothing to restore.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> monday.backup --dry-run',
    '<%= config.bin %> <%= command.id %> monday.backup --prefix cart: --yes --node 10.0.0.1:7379',
  ];
  static override args = { file: Args.string({ required: true, description: 'file that mneme backup create made' }) };
  static override flags = { prefix: prefixFlag, 'dry-run': dryRunFlag, yes: yesFlag };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(BackupRestore);
    const restored = await withUnpacked(args.file, async (dir) => {
      const plan = await this.pass(dir, true);
      if (flags['dry-run'] || plan.created + plan.overridden === 0) return { ...plan, dryRun: true };
      if (!flags.yes) await this.tell(VIEW, { ...plan, dryRun: true });
      await this.confirm('Write these keys?', flags.yes);
      return { ...(await this.pass(dir, false)), dryRun: false };
    });
    await this.show(VIEW, restored);
    if (restored.created + restored.overridden === 0) this.endWith(EXIT.refused);
    return this.answer(async () => (await import('../../cli/json/backup.js')).restoreJson, restored);
  }

  private async pass(dir: string, dryRun: boolean): Promise<Restored> {
    const { flags } = await this.parse(BackupRestore);
    const progress = new Progress();
    const onProgress = (done: number, of: number) =>
      progress.show(`${dryRun ? 'compared' : 'restored'} ${Math.floor((100 * done) / of)} %`);
    const options = { id: newRestoreId(), dryRun, nowMs: Date.now(), ...prefixOf(flags), onProgress };
    return backupRestore(flags.node, dir, options).finally(() => progress.end());
  }
}
