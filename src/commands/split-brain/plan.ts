import { Flags } from '@oclif/core';
import type { PlanReply } from '../../admin/api.js';
import { NodeCommand } from '../../cli/base-command.js';
import { limitFlag, policyFlag, prefixFlag, prefixOf } from '../../cli/flags.js';
import { keepPlan } from '../../cli/plan-file.js';
import { resolutionCommand, strategyOf } from '../../cli/policy-module.js';
import { splitBrainPlan } from '../../operations/split-brain-plan.js';

export default class SplitBrainPlan extends NodeCommand {
  static override summary = 'show what a resolution would do, and change nothing';
  static override description =
    'Counts first, then the keys that several islands changed, each with every version side by side, which one stands, and why.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --promote b',
    '<%= config.bin %> <%= command.id %> --policy keep-longest-ttl --prefix cart: --limit 50',
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
    prefix: prefixFlag,
    limit: limitFlag(20),
    out: Flags.string({
      helpValue: 'FILE',
      summary: 'save the whole plan as text, to be reviewed, edited and carried out by split-brain merge --plan',
      exclusive: ['promote'],
    }),
    offset: Flags.integer({ default: 0, min: 0, helpValue: 'COUNT', summary: 'leave out this many conflicts first' }),
  };

  async run(): Promise<PlanReply> {
    const { flags } = await this.parse(SplitBrainPlan);
    const { limit, offset, out } = flags;
    const strategy = await strategyOf(flags);
    const options = { limit, offset, ...prefixOf(flags) };
    const plan = await splitBrainPlan(flags.node, strategy, options, async (executor, made) => {
      if (out !== undefined) await keepPlan(out, executor, made, strategy);
    });
    if (out === '-') return plan;
    await this.show(async () => (await import('../../cli/views/split-brain-plan.js')).splitBrainPlanView, {
      plan,
      nowMs: Date.now(),
      offset,
      next: resolutionCommand(out === undefined ? flags : { plan: out }),
    });
    return plan;
  }
}
