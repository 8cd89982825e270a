import { NodeCommand } from '../../cli/base-command.js';
import { LIMIT_HELP } from '../../cli/limit-help.js';
import { listFlags } from '../../cli/lists/list-flags.js';
import { nodeLimits } from '../../operations/cluster/node-limits.js';

export default class NodeLimits extends NodeCommand {
  static override summary = 'show the limits of what a node may be made to hold, and how often they were met';
  static override description =
    `Beyond a limit there is an error that names it; the node lives, and others are served. A start changes them: --limit NAME=VALUE.\n\nWith their usual values they are:\n${LIMIT_HELP}`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --node 10.0.0.2:7379 --json',
  ];

  static override flags = listFlags();

  async run(): Promise<unknown> {
    const { flags } = await this.parse(NodeLimits);
    return this.list(flags, {
      listing: async () => (await import('../../cli/views/node-limits.js')).limitListing,
      json: async () => (await import('../../cli/json/limits.js')).nodeLimitsJson,
      ask: () => nodeLimits(flags.node),
    });
  }
}
