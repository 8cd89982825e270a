import { NodeCommand } from '../../cli/base-command.js';
import { listFlags } from '../../cli/lists/list-flags.js';
import { drillStatus } from '../../operations/cluster/drill.js';

export default class DrillStatus extends NodeCommand {
  static override summary = 'show which links are cut on purpose';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];

  static override flags = listFlags();

  async run(): Promise<unknown> {
    const { flags } = await this.parse(DrillStatus);
    return this.list(flags, {
      listing: async () => (await import('../../cli/views/drill.js')).drillListing,
      json: async () => (await import('../../cli/json/cluster.js')).drillsJson,
      ask: () => drillStatus(flags.node),
    });
  }
}
