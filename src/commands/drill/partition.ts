import { Args } from '@oclif/core';
import { NodeCommand } from '../../cli/base-command.js';
import { drillPartition } from '../../operations/cluster/drill.js';

export default class DrillPartition extends NodeCommand {
  static override summary = 'cut a group of members from all others';
  static override description =
    'Cuts every link between the group and the rest, on both ends; links within each remain. After the failure timeout each part is an island. All members must have been started with --allow-drills.';
  static override examples = ['<%= config.bin %> <%= command.id %> c', '<%= config.bin %> <%= command.id %> a,b'];
  static override args = {
    group: Args.string({ required: true, description: 'names of the members of one part: A[,B…]' }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(DrillPartition);
    const status = await drillPartition(
      flags.node,
      args.group
        .split(',')
        .map((name) => name.trim())
        .filter(Boolean),
    );
    await this.show(async () => (await import('../../cli/views/drill.js')).drillView, status);
    return this.answer(async () => (await import('../../cli/json/cluster.js')).drillsJson, status);
  }
}
