import { NodeCommand } from '../../cli/base-command.js';
import { drillStatus } from '../../operations/cluster/drill.js';

export default class DrillStatus extends NodeCommand {
  static override summary = 'show which links are cut on purpose';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];

  async run(): Promise<unknown> {
    const { flags } = await this.parse(DrillStatus);
    const status = await drillStatus(flags.node);
    await this.show(async () => (await import('../../cli/views/drill.js')).drillView, status);
    return this.answer(async () => (await import('../../cli/json/cluster.js')).drillsJson, status);
  }
}
