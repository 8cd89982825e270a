import { foundingFlags, nodeFlags, startFlags } from '../../cli/node-flags.js';
import { nodePlanOf } from '../../cli/node-plan.js';
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
    '<%= config.bin %> <%= command.id %> --name a --listen 10.0.0.1:7379 --secret-file mneme.secret --dir /var/lib/mneme --detach',
    '<%= config.bin %> <%= command.id %> --dir /var/lib/mneme --peer 10.0.0.2:7379',
    '<%= config.bin %> <%= command.id %> --discover dns:mneme.example --expect 3',
    '<%= config.bin %> <%= command.id %> --name a --memory-only --on-heal manual --allow-drills',
  ];
  static override flags = {
    ...nodeFlags,
    ...foundingFlags,
    ...startFlags,
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(ClusterStart);
    return this.start(nodePlanOf(flags), flags);
  }
}
