import { Args } from '@oclif/core';
import { NodeCommand } from '../../cli/base-command.js';
import { listFlags } from '../../cli/lists/list-flags.js';
import { EXIT } from '../../core/model/errors.js';
import { discoverFrom, discoverHere } from '../../operations/cluster/discover.js';

export default class ClusterDiscover extends NodeCommand {
  static override summary = 'show which nodes are found, by what, and why others are not';
  static override description =
    'Asks the node what it finds by the mechanisms that it was started with (--discover). With SPEC, looks from this machine, ' +
    'whether a node runs here or not. Exit code 3 when a mechanism fails, what it finds does not answer or is no member of the ' +
    'cluster, or a member is not found.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> dns:mneme.example',
    '<%= config.bin %> <%= command.id %> kubernetes:shop/mneme --json',
  ];
  static override args = {
    spec: Args.string({
      description:
        'look from here: static:HOST:PORT,…, dns:NAME[:PORT], dns-srv:NAME, multicast[:GROUP:PORT] or kubernetes[:NAMESPACE/SELECTOR]',
    }),
  };

  static override flags = listFlags();

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ClusterDiscover);
    return this.list(flags, {
      listing: async () => (await import('../../cli/views/cluster-discover.js')).discoverListing,
      json: async () => (await import('../../cli/json/cluster.js')).discoveredJson,
      ask: async () => {
        const found = await (args.spec === undefined
          ? discoverFrom(flags.node)
          : discoverHere([args.spec], flags.node));
        this.endWith(found.complete ? EXIT.done : EXIT.unhealthy);
        return found;
      },
    });
  }
}
