import { NodeCommand } from '../../cli/base-command.js';
import { yesFlag } from '../../cli/flags.js';
import { clusterLeave } from '../../operations/cluster/leave.js';

export default class ClusterLeave extends NodeCommand {
  static override summary = 'take a node out of its cluster, for good';
  static override description =
    'Shows first what the others still lack of it. To come back, it joins anew. For a node that does not answer any more, use mneme cluster forget.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --node 10.0.0.3:7379',
    '<%= config.bin %> <%= command.id %> --node 10.0.0.3:7379 --yes --json',
  ];
  static override flags = { yes: yesFlag };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(ClusterLeave);
    const done = await clusterLeave(flags.node, async (plan) => {
      await this.tell(async () => (await import('../../cli/views/departure.js')).leavePlanView, plan);
      await this.confirm(`Let ${plan.node} leave its cluster?`, flags.yes);
    });
    await this.show(async () => (await import('../../cli/views/done.js')).doneView, done.message);
    return this.answer(async () => (await import('../../cli/json/cluster.js')).departedNodeJson, done);
  }
}
