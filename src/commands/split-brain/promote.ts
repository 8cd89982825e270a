import { Args } from '@oclif/core';
import { dryRunFlag, yesFlag } from '../../cli/flags.js';
import { ResolutionCommand } from '../../cli/resolution-command.js';
import { rowFlags } from '../../cli/row-flags.js';

export default class SplitBrainPromote extends ResolutionCommand {
  static override summary = "end a split-brain by letting one node's data stand";
  static override description =
    "Shows the plan and asks. The other islands' changes since the separation are set aside and can be restored with mneme " +
    'split-brain undo. The promoted node carries it out, so it must be reachable. --only, --prefix and --island shape ' +
    'the plan that is shown: all keys are taken in.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> b',
    '<%= config.bin %> <%= command.id %> b --dry-run',
    '<%= config.bin %> <%= command.id %> b --yes --json',
  ];
  static override args = { member: Args.string({ required: true, description: 'name or address of the member' }) };
  static override flags = { 'dry-run': dryRunFlag, yes: yesFlag, ...rowFlags(20) };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(SplitBrainPromote);
    const strategy = { kind: 'promote' as const, node: args.member };
    return this.resolve({ strategy, isOnHeal: false, flags: { promote: args.member } }, flags);
  }
}
