import { Args } from '@oclif/core';
import { NodeCommand } from '../../cli/base-command.js';
import { limitFlag, prefixFlag, prefixOf } from '../../cli/flags.js';
import { type IncidentDetails, splitBrainShow } from '../../operations/split-brain-show.js';

export default class SplitBrainShow extends NodeCommand {
  static override summary = 'show one split-brain and what its resolution set aside';
  static override examples = [
    '<%= config.bin %> <%= command.id %> latest',
    '<%= config.bin %> <%= command.id %> 3f --prefix cart: --limit 50',
  ];
  static override args = {
    id: Args.string({ required: true, description: 'id of the incident, a prefix that only it has, or latest' }),
  };
  static override flags = { prefix: prefixFlag, limit: limitFlag(50) };

  async run(): Promise<IncidentDetails> {
    const { args, flags } = await this.parse(SplitBrainShow);
    const details = await splitBrainShow(flags.node, args.id, { limit: flags.limit, ...prefixOf(flags) });
    await this.show(async () => (await import('../../cli/views/split-brain-show.js')).splitBrainShowView, {
      ...details,
      nowMs: Date.now(),
    });
    return details;
  }
}
