import { NodeCommand } from '../../cli/base-command.js';
import { splitBrainHistory } from '../../operations/split-brain/history.js';

export default class SplitBrainHistory extends NodeCommand {
  static override summary = 'list the split-brains so far, newest first';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];

  async run(): Promise<unknown> {
    const { flags } = await this.parse(SplitBrainHistory);
    const history = await splitBrainHistory(flags.node);
    await this.showPaged(
      async () => (await import('../../cli/views/split-brain-history.js')).splitBrainHistoryView,
      history,
    );
    return this.answer(async () => (await import('../../cli/json/split-brain.js')).historyJson, history);
  }
}
