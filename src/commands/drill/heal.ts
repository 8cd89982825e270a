import { NodeCommand } from '../../cli/base-command.js';
import { EXIT } from '../../core/model/errors.js';
import { drillHeal } from '../../operations/cluster/drill.js';

export default class DrillHeal extends NodeCommand {
  static override summary = 'end all cuts';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --node 10.0.0.1:7379',
  ];

  async run(): Promise<unknown> {
    const { flags } = await this.parse(DrillHeal);
    const status = await drillHeal(flags.node);
    await this.show(async () => (await import('../../cli/views/drill.js')).drillView, status);
    // Its links may be cut still.
    if (status.unreachable.length > 0) this.endWith(EXIT.unhealthy);
    return this.answer(async () => (await import('../../cli/json/cluster.js')).drillsJson, status);
  }
}
