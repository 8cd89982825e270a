import { Args } from '@oclif/core';
import { NodeCommand } from '../../cli/base-command.js';
import { rowFlags, rowsWanted } from '../../cli/row-flags.js';
import { splitBrainShow } from '../../operations/split-brain/show.js';

export default class SplitBrainShow extends NodeCommand {
  static override summary = 'show one split-brain and what its resolution set aside';
  static override examples = [
    '<%= config.bin %> <%= command.id %> latest',
    '<%= config.bin %> <%= command.id %> 3f --prefix cart: --limit 50',
  ];
  static override args = {
    id: Args.string({ required: true, description: 'id of the incident, a prefix that only it has, or latest' }),
  };
  static override flags = rowFlags(20);

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(SplitBrainShow);
    const rows = rowsWanted(flags);
    const details = await splitBrainShow(flags.node, args.id, rows);
    await this.showPaged(async () => (await import('../../cli/views/split-brain-show.js')).splitBrainShowView, {
      ...details,
      rows,
      wide: flags.wide,
      nowMs: Date.now(),
    });
    return this.answer(async () => (await import('../../cli/json/split-brain.js')).detailsJson, details);
  }
}
