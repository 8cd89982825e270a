import { NodeCommand } from '../../cli/base-command.js';
import { clusterStop } from '../../operations/cluster-stop.js';
import type { NodeDone } from '../../operations/node-done.js';

export default class ClusterStop extends NodeCommand {
  static override summary = 'stop a node cleanly';
  static override description =
    'The node stays a member and comes back with mneme cluster start as what it was. To take it out for good, use mneme cluster leave.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --node 10.0.0.2:7379',
  ];

  async run(): Promise<NodeDone> {
    const { flags } = await this.parse(ClusterStop);
    const done = await clusterStop(flags.node);
    await this.show(async () => (await import('../../cli/views/done.js')).doneView, done.message);
    return done;
  }
}
