import { Flags } from '@oclif/core';
import { nodeFlags, nodePlanOf } from '../../cli/node-flags.js';
import { StartCommand } from '../../cli/start-command.js';
import type { StartedNode } from '../../cli/views/node-started.js';

export default class ClusterStart extends StartCommand {
  static override summary = "start this machine's node";
  static override description =
    'Without data it starts a new cluster of one; with an existing data directory it comes back as what it was and finds its ' +
    'peers by itself. It runs in the foreground until Ctrl-C or SIGTERM, with its log on stderr, or with --detach in the background.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --name a --listen 10.0.0.1:7379 --dir /var/lib/mneme --detach',
    '<%= config.bin %> <%= command.id %> --name a --memory-only --on-heal manual --allow-drills',
  ];
  static override flags = {
    ...nodeFlags,
    'still-member': Flags.boolean({
      summary:
        "start with a data directory that is marked as a former member's by mistake; a real one is refused again",
      exclusive: ['memory-only'],
    }),
  };

  async run(): Promise<StartedNode | undefined> {
    const { flags } = await this.parse(ClusterStart);
    return this.start(nodePlanOf(flags), flags);
  }
}
