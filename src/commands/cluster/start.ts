import { Flags } from '@oclif/core';
import { foundingFlags, nodeFlags, nodePlanOf } from '../../cli/node-flags.js';
import { StartCommand } from '../../cli/start-command.js';

export default class ClusterStart extends StartCommand {
  static override summary = "start this machine's node";
  static override description =
    'Without data it founds a new cluster of one, unless members of another cluster know this node: see --new. With an existing data ' +
    'directory it comes back as what it was and finds its peers by itself; where all of them have new addresses, --peer shows it the ' +
    'way. With --discover and --expect the same command on every machine founds one cluster, joins it, and comes back to it. It runs ' +
    'in the foreground until Ctrl-C or SIGTERM, with its log on stderr, or with --detach in the background.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --name a --listen 10.0.0.1:7379 --dir /var/lib/mneme --detach',
    '<%= config.bin %> <%= command.id %> --dir /var/lib/mneme --peer 10.0.0.2:7379',
    '<%= config.bin %> <%= command.id %> --discover dns:mneme.example --expect 3',
    '<%= config.bin %> <%= command.id %> --name a --memory-only --on-heal manual --allow-drills',
  ];
  static override flags = {
    ...nodeFlags,
    ...foundingFlags,
    'still-member': Flags.boolean({
      summary:
        "start with a data directory that is marked as a former member's by mistake; a real one is refused again",
      exclusive: ['memory-only'],
    }),
    peer: Flags.string({
      helpValue: 'ADDRESS[,ADDRESS…]',
      summary: 'where members of its cluster are now, for a node with data that would not find them',
      exclusive: ['new', 'memory-only'],
    }),
    expect: Flags.integer({
      min: 1,
      max: 128,
      helpValue: 'N',
      summary: 'without data: wait until so many nodes see each other by --discover, and found one cluster with them',
      exclusive: ['new'],
    }),
    new: Flags.boolean({
      summary: 'found a cluster at once, whether or not another one knows a member of this name or address',
    }),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(ClusterStart);
    return this.start(nodePlanOf(flags), flags);
  }
}
