import { Args } from '@oclif/core';
import { NodeCommand } from '../../cli/base-command.js';
import { dryRunFlag, keyFlags, yesFlag } from '../../cli/flags.js';
import { bytesOfArgument } from '../../cli/key-bytes.js';
import { rowFlags, rowsWanted } from '../../cli/row-flags.js';
import { EXIT } from '../../core/model/errors.js';
import { splitBrainUndo } from '../../operations/split-brain/undo.js';

export default class SplitBrainUndo extends NodeCommand {
  static override summary = 'restore what a resolution set aside';
  static override description =
    'Shows the plan and asks. The values are written anew, as ordinary writes. Keys that were written again since are left ' +
    'alone, unless one is named with --key. --only, --prefix and --island say which keys are restored: the others are left as they are. What an undo overrides is set aside in turn. Exit code 6 when there is nothing to restore.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> latest --dry-run',
    '<%= config.bin %> <%= command.id %> 3f --key cart:17',
    '<%= config.bin %> <%= command.id %> 3f --prefix cart: --yes',
  ];
  static override args = {
    id: Args.string({ required: true, description: 'id of the incident, a prefix that only it has, or latest' }),
  };
  static override flags = {
    ...keyFlags,
    'dry-run': dryRunFlag,
    yes: yesFlag,
    ...rowFlags(20, 'restore only'),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(SplitBrainUndo);
    const key =
      flags.key === undefined
        ? {}
        : { key: { database: flags.db ?? 0, bytes: bytesOfArgument(flags.key, flags.base64) } };
    const rows = rowsWanted(flags);
    const look = { rows, wide: flags.wide, nowMs: Date.now() };
    const undone = await splitBrainUndo(flags.node, { incident: args.id, ...key, rows }, async (plan) => {
      if (flags['dry-run'] || plan.restored === 0) return false;
      const { undoCountsText, undoPlanView } = await import('../../cli/views/split-brain-undo.js');
      if (!this.jsonEnabled() && !flags.yes) await this.tellPaged(async () => undoPlanView, { plan, ...look });
      await this.confirm(`Carry this out: ${undoCountsText(plan)}?`, flags.yes);
      return true;
    });
    const load = async () => (await import('../../cli/views/split-brain-undo.js')).undoView;
    await this.showPaged(load, { ...undone, ...look });
    if (undone.restored === 0) this.endWith(EXIT.refused);
    return this.answer(async () => (await import('../../cli/json/split-brain.js')).undoJson, undone);
  }
}
