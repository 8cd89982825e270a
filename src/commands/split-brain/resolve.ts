import { ResolutionCommand } from '../../cli/resolution-command.js';
import { rowFlags } from '../../cli/row-flags.js';
import { chooseStrategy, requirePerson } from '../../cli/walkthrough.js';
import { EXIT } from '../../core/errors.js';
import type { Resolution } from '../../operations/split-brain-resolve.js';
import { splitBrainStatus } from '../../operations/split-brain-status.js';

export default class SplitBrainResolve extends ResolutionCommand {
  static override summary = 'be walked through ending a split-brain';
  static override description =
    'Tells what happened, lets you choose, shows the plan, and asks before anything changes. Needs a terminal; scripts use ' +
    'split-brain merge or split-brain promote. --only, --prefix and --island shape the plan that is shown: all keys are resolved.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --limit 50'];
  static override flags = rowFlags(20);

  async run(): Promise<Resolution | undefined> {
    const { flags } = await this.parse(SplitBrainResolve);
    requirePerson(this.terminal, this.jsonEnabled());
    const status = await splitBrainStatus(flags.node);
    await this.show(async () => (await import('../../cli/views/split-brain-status.js')).splitBrainStatusView, status);
    if (status.state !== 'split-brain') {
      this.endWith(EXIT.refused);
      return undefined;
    }
    const strategy = await chooseStrategy(this.terminal, status.islands);
    return this.resolve(strategy, { ...flags, yes: false, 'dry-run': false }, 'mneme split-brain resolve');
  }
}
