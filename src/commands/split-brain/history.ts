import { NodeCommand } from '../../cli/base-command.js';
import { listFlags } from '../../cli/lists/list-flags.js';
import { splitBrainHistory } from '../../operations/split-brain/history.js';

export default class SplitBrainHistory extends NodeCommand {
  static override summary = 'list the split-brains so far, newest first';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];

  static override flags = listFlags();

  async run(): Promise<unknown> {
    const { flags } = await this.parse(SplitBrainHistory);
    return this.list(flags, {
      listing: async () => (await import('../../cli/views/split-brain-history.js')).historyListing,
      json: async () => (await import('../../cli/json/split-brain.js')).historyJson,
      ask: () => splitBrainHistory(flags.node),
    });
  }
}
