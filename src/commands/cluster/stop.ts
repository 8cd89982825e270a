import { NodeCommand } from '../../cli/base-command.js';
import { EXIT } from '../../core/model/errors.js';
import { clusterStop } from '../../operations/cluster/stop.js';

export default class ClusterStop extends NodeCommand {
  static override summary = 'stop a node cleanly';
  static override description =
    'The node stays a member and comes back with mneme cluster start as what it was; a memory-only one keeps nothing and joins anew. To take it out for good, use mneme cluster leave. Exit code 8 when it has not ended after 15 s.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --node 10.0.0.2:7379',
  ];

  async run(): Promise<unknown> {
    const { flags } = await this.parse(ClusterStop);
    const done = await clusterStop(flags.node);
    await this.show(async () => (await import('../../cli/views/done.js')).doneView, done.message);
    if (!done.stopped) {
      this.note('its port is still open: see its log');
      this.endWith(EXIT.timedOut);
    }
    return this.answer(async () => (await import('../../cli/json/cluster.js')).stoppedNodeJson, done);
  }
}
