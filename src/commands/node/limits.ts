import { NodeCommand } from '../../cli/base-command.js';
import { nodeLimits } from '../../operations/cluster/node-limits.js';

export default class NodeLimits extends NodeCommand {
  static override summary = 'show the limits of what clients may make a node hold, and how often they were met';
  static override description =
    'Beyond a limit a client gets an error that names it; the node lives, and others are served. A start changes them: --limit NAME=VALUE.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --node 10.0.0.2:7379 --json',
  ];

  async run(): Promise<unknown> {
    const { flags } = await this.parse(NodeLimits);
    const limits = await nodeLimits(flags.node);
    await this.show(async () => (await import('../../cli/views/node-limits.js')).nodeLimitsView, limits);
    return this.answer(async () => (await import('../../cli/json/limits.js')).nodeLimitsJson, limits);
  }
}
