import { Flags } from '@oclif/core';
import { DeskCommand } from '../../cli/desk-command.js';
import { policyFlag } from '../../cli/flags.js';
import { rowFlags } from '../../cli/row-flags.js';
import { requirePerson } from '../../cli/walkthrough.js';
import { EXIT } from '../../core/model/errors.js';
import { splitBrainStatus } from '../../operations/split-brain/status.js';

export default class SplitBrainResolve extends DeskCommand {
  static override summary = 'be walked through ending a split-brain';
  static override description =
    'Tells what happened, lets you choose, shows the plan, and asks before anything changes. At the desk you go through the ' +
    'conflicts one by one and pick what stands; picks can be saved as a plan, and gone on with by --plan. Needs a terminal; scripts use ' +
    'split-brain merge or split-brain promote. --only, --prefix and --island shape the plan that is shown: all keys are resolved.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --policy prefer:b',
    '<%= config.bin %> <%= command.id %> --plan friday.plan',
  ];
  static override flags = {
    policy: {
      ...policyFlag,
      summary: 'what decides at the desk where nothing is picked; default: on-heal where it is a policy, else lww',
    },
    plan: Flags.string({ helpValue: 'FILE', summary: 'go on at the desk with a plan that was saved' }),
    ...rowFlags(20),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(SplitBrainResolve);
    requirePerson(this.terminal, this.jsonEnabled());
    const status = await splitBrainStatus(this.addressesFrom(flags.node));
    await this.show(async () => (await import('../../cli/views/split-brain-status.js')).splitBrainStatusView, status);
    if (status.state !== 'split-brain') {
      this.endWith(EXIT.refused);
      return undefined;
    }
    return this.walkThrough(status.islands, { ...flags, yes: false, 'dry-run': false });
  }
}
