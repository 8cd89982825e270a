import { Args } from '@oclif/core';
import { NodeCommand } from '../../cli/base-command.js';
import { forceFlags, yesFlag } from '../../cli/flags.js';
import type { Departure } from '../../operations/cluster/departure.js';
import { clusterForget } from '../../operations/cluster/forget.js';

export default class ClusterForget extends NodeCommand {
  static override summary = 'strike a member that will not return off the list';
  static override description =
    'A member that is down holds back what it has yet to receive; forgetting it releases that. Should it return, it is refused ' +
    'until it joins anew, which sets its data aside. To take out a node that runs, use mneme cluster leave.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> c',
    '<%= config.bin %> <%= command.id %> c --yes --node 10.0.0.1:7379',
  ];
  static override args = { member: Args.string({ required: true, description: 'name or address of the member' }) };
  static override flags = { yes: yesFlag, ...forceFlags };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ClusterForget);
    const approve = async (plan: Departure) => {
      await this.tell(async () => (await import('../../cli/views/departure.js')).forgetPlanView, plan);
      await this.confirm(`Forget ${plan.node} for good?`, flags.yes);
    };
    const done = await clusterForget(flags.node, args.member, approve, this.forceOf(flags));
    await this.show(async () => (await import('../../cli/views/done.js')).doneView, done.message);
    return this.answer(async () => (await import('../../cli/json/cluster.js')).departedNodeJson, done);
  }
}
