import { Args } from '@oclif/core';
import { NodeCommand } from '../../cli/base-command.js';
import { listFlags } from '../../cli/lists/list-flags.js';
import { filterFlags, rowsWanted, wideFlag } from '../../cli/row-flags.js';
import { splitBrainShow } from '../../operations/split-brain/show.js';

export default class SplitBrainShow extends NodeCommand {
  static override summary = 'show one split-brain and what its resolution set aside';
  static override examples = [
    '<%= config.bin %> <%= command.id %> latest',
    '<%= config.bin %> <%= command.id %> 3f --prefix cart: --limit 50',
    '<%= config.bin %> <%= command.id %> latest --sort bytes:desc -o wide',
  ];
  static override args = {
    id: Args.string({ required: true, description: 'id of the incident, a prefix that only it has, or latest' }),
  };
  static override flags = {
    ...filterFlags('show only'),
    ...listFlags(20),
    wide: wideFlag,
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(SplitBrainShow);
    return this.list(flags, {
      listing: async () => (await import('../../cli/views/split-brain-show.js')).setAsideListing,
      json: async () => (await import('../../cli/json/split-brain.js')).detailsJson,
      // The range below the table says it.
      hasMore: () => false,
      ask: async ({ order, limit = 20, offset }) => {
        const rows = rowsWanted({ ...flags, limit, offset });
        const details = await splitBrainShow(flags.node, args.id, rows, order);
        return { ...details, rows, wide: flags.wide, nowMs: Date.now() };
      },
    });
  }
}
