import { Args } from '@oclif/core';
import { NodeCommand } from '../../cli/base-command.js';
import { drillCut } from '../../operations/cluster/drill.js';

export default class DrillCut extends NodeCommand {
  static override summary = 'cut the link between two members';
  static override description =
    'Only the link between the two is cut, so through a third they may still hear of each other. All members that take part must have been started with --allow-drills.';
  static override examples = ['<%= config.bin %> <%= command.id %> a b'];
  static override args = {
    first: Args.string({ required: true, description: 'name or address of a member' }),
    second: Args.string({ required: true, description: 'name or address of another' }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(DrillCut);
    const status = await drillCut(flags.node, args.first, args.second);
    await this.show(async () => (await import('../../cli/views/drill.js')).drillView, status);
    return this.answer(async () => (await import('../../cli/json/cluster.js')).drillsJson, status);
  }
}
