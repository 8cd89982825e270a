import { NodeCommand } from '../../cli/base-command.js';
import { durationFlag, yesFlag } from '../../cli/flags.js';
import { Progress } from '../../cli/progress.js';
import { clusterDrain, usersOf } from '../../operations/cluster/drain.js';

export default class ClusterDrain extends NodeCommand {
  static override summary = 'let a node go for good, once nobody uses it and all it holds is on the disks of others';
  static override description =
    'Waits until its clients have gone, and serves them meanwhile. Then it takes no more writes, leaves once every member in sight has all ' +
    'that it holds, and its process ends. The last holder is refused. Exit code 8 when clients are still there after --wait: nothing was changed then.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --node 127.0.0.1:7379 --yes',
    '<%= config.bin %> <%= command.id %> --node 10.0.0.1:7379 --wait 10m --yes --json',
  ];
  static override flags = {
    wait: durationFlag({ summary: 'how long it waits until its clients have gone; default: 60s' }),
    yes: yesFlag,
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(ClusterDrain);
    const progress = new Progress();
    const drained = await clusterDrain(flags.node, {
      waitMs: flags.wait ?? 60_000,
      approve: async (plan) => {
        await this.tell(async () => (await import('../../cli/views/departure.js')).drainPlanView, plan);
        await this.confirm(`Let ${plan.node} go once nobody uses it?`, flags.yes);
      },
      onWait: (plan) => progress.show(`${plan.node} serves on until its clients have gone (${usersOf(plan)})`),
    }).finally(() => progress.end());
    await this.show(async () => (await import('../../cli/views/departure.js')).drainedView, drained);
    return this.answer(async () => (await import('../../cli/json/cluster.js')).drainedNodeJson, drained);
  }
}
