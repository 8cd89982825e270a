import { NodeCommand } from '../../cli/base-command.js';
import { EXIT } from '../../core/model/errors.js';
import { splitBrainStatus } from '../../operations/split-brain/status.js';

export default class SplitBrainStatus extends NodeCommand {
  static override summary = 'say whether the cluster is split, into which islands, and what to do';
  static override description = 'Exit code 3 while a split-brain is open, or members do not hear each other.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];

  async run(): Promise<unknown> {
    const { flags } = await this.parse(SplitBrainStatus);
    const status = await splitBrainStatus(this.addressesFrom(flags.node));
    await this.show(async () => (await import('../../cli/views/split-brain-status.js')).splitBrainStatusView, status);
    this.endWith(status.healthy ? EXIT.done : EXIT.unhealthy);
    return this.answer(async () => (await import('../../cli/json/split-brain.js')).splitBrainStatusJson, status);
  }
}
