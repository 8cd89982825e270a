import { Flags } from '@oclif/core';
import type { PlanReply } from '../../admin/api.js';
import { NodeCommand } from '../../cli/base-command.js';
import { limitFlag, policyFlag, prefixFlag, prefixOf } from '../../cli/flags.js';
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
    offset: Flags.integer({ default: 0, min: 0, helpValue: 'COUNT', summary: 'leave out this many conflicts first' }),
  };

  async run(): Promise<PlanReply> {
    const { flags } = await this.parse(SplitBrainPlan);
    const { limit, offset } = flags;
    const plan = await splitBrainPlan(flags.node, await strategyOf(flags), { limit, offset, ...prefixOf(flags) });
    await this.show(async () => (await import('../../cli/views/split-brain-plan.js')).splitBrainPlanView, {
      plan,
      nowMs: Date.now(),
      offset,
      next: resolutionCommand(flags),
    });
    return plan;
  }
}
