import { NodeCommand } from '../../cli/base-command.js';
import { listFlags } from '../../cli/lists/list-flags.js';
import { replicaList } from '../../operations/replica/list.js';

export default class ReplicaList extends NodeCommand {
  static override summary = 'list the replicas: how much they hold, and which hold the same';
  static override description =
    'A digest over all entries tells at once which replicas hold the same data at this moment. For an exact answer while ' +
    'writes go on, use mneme replica verify.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];

  static override flags = listFlags();

  async run(): Promise<unknown> {
    const { flags } = await this.parse(ReplicaList);
    return this.list(flags, {
      listing: async () => (await import('../../cli/views/replica-list.js')).replicaListing,
      json: async () => (await import('../../cli/json/replicas.js')).replicaListJson,
      ask: () => replicaList(flags.node),
    });
  }
}
