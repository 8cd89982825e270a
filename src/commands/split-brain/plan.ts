import { Flags } from '@oclif/core';
import { NodeCommand } from '../../cli/base-command.js';
import { policyFlag } from '../../cli/flags.js';
import { keepPlan, mayWriteOver } from '../../cli/plan-file.js';
import { namedStrategy, resolutionCommand } from '../../cli/policy-module.js';
import { rowFlags, rowsWanted } from '../../cli/row-flags.js';
import type { SavedPlan } from '../../cli/views/saved-plan.js';
import { OperatorError } from '../../core/model/errors.js';
import { planOrPreview } from '../../operations/split-brain/plan.js';

export default class SplitBrainPlan extends NodeCommand {
  static override summary = 'show what a resolution would do, and change nothing';
  static override description =
    'Counts first, in all and by how the keys begin; then a line for each key that several islands changed, with every version, which ' +
    'one stands (→), and why. While the network is cut, and a member ' +
    'of each island answers here (at its own address, or at one of several that --node takes), it is a preliminary one. Look into a part with --prefix, --only and --island. A terminal gets what is longer than it through MNEME_PAGER, ' +
    'PAGER or less.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --promote b',
    '<%= config.bin %> <%= command.id %> --policy keep-longest-ttl --prefix cart: --limit 50',
    '<%= config.bin %> <%= command.id %> --only deleted --wide',
    '<%= config.bin %> <%= command.id %> --policy ./my-policy.mjs --json',
    '<%= config.bin %> <%= command.id %> --out friday.plan',
  ];
  static override flags = {
    promote: Flags.string({
      helpValue: 'NODE',
      summary: "plan a promotion: this node's data stands",
      exclusive: ['policy'],
    }),
    policy: policyFlag,
    out: Flags.string({
      helpValue: 'FILE',
      summary: 'save the whole plan as text, to be reviewed, edited and carried out by split-brain merge --plan',
      exclusive: ['promote'],
    }),
    force: Flags.boolean({ summary: 'write over a file that is there', dependsOn: ['out'] }),
    ...rowFlags(20),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(SplitBrainPlan);
    const rows = rowsWanted(flags);
    const { out } = flags;
    if (out === '-' && this.jsonEnabled())
      throw new OperatorError('usage', 'with --json, stdout is for the plan as JSON', 'name a file with --out FILE');
    if (out !== undefined) await mayWriteOver(out, flags.force, this.person);
    const { strategy, isOnHeal, flags: named } = await namedStrategy(flags.node, flags);
    let saved: SavedPlan | null = null;
    const keep: Parameters<typeof planOrPreview>[3] =
      out === undefined
        ? undefined
        : async (executor, made) => {
            saved = { file: out, ...(await keepPlan(out, executor, made, strategy)) };
          };
    const plan = await planOrPreview(this.addressesFrom(flags.node), strategy, rows, keep);
    if (out === '-') return undefined;
    await this.showPaged(async () => (await import('../../cli/views/split-brain-plan.js')).splitBrainPlanView, {
      plan,
      rows,
      wide: flags.wide,
      nowMs: Date.now(),
      isOnHeal,
      saved,
      next: resolutionCommand(out === undefined ? named : { plan: out }, (plan.counts.manual ?? 0) > 0),
    });
    return this.answer(async () => (await import('../../cli/json/split-brain.js')).planJson, plan);
  }
}
