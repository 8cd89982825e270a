import { Flags } from '@oclif/core';
import { dryRunFlag, policyFlag, yesFlag } from '../../cli/flags.js';
import { savedStrategy } from '../../cli/plan-file.js';
import { type NamedStrategy, namedStrategy } from '../../cli/policy-module.js';
import { ResolutionCommand } from '../../cli/resolution-command.js';
import { rowFlags } from '../../cli/row-flags.js';

export default class SplitBrainMerge extends ResolutionCommand {
  static override summary = 'end a split-brain by merging the islands key by key';
  static override description =
    'Shows the plan and asks. What only one island changed goes to all; in conflicts the policy decides: lww (the last write ' +
    'stands), keep-longest-ttl, prefer:<node>, or the path of a module whose default export takes a conflict and gives the ' +
    'island number of the version that stands. Overridden values are set aside and can be restored with mneme split-brain undo. --only, ' +
    '--prefix and --island shape the plan that is shown: all keys are merged.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --dry-run',
    '<%= config.bin %> <%= command.id %> --policy prefer:b --yes',
    '<%= config.bin %> <%= command.id %> --policy ./my-policy.mjs',
    '<%= config.bin %> <%= command.id %> --plan friday.plan',
  ];
  static override flags = {
    policy: policyFlag,
    plan: Flags.string({
      helpValue: 'FILE',
      summary: 'carry out a plan that split-brain plan --out or resolve saved; - for stdin',
    }),
    'except-changed': Flags.boolean({
      dependsOn: ['plan'],
      summary: "keys of the plan that were written since go by the plan's policy; without it nothing is changed then",
    }),
    'dry-run': dryRunFlag,
    yes: yesFlag,
    ...rowFlags(20),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(SplitBrainMerge);
    const { policy, plan } = flags;
    const named: NamedStrategy =
      plan === undefined
        ? await namedStrategy(flags.node, { policy })
        : { strategy: await savedStrategy(plan, flags), isOnHeal: false, flags: { policy, plan } };
    return this.resolve(named, flags);
  }
}
