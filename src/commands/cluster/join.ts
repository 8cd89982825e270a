import { Args } from '@oclif/core';
import { hiddenFoundingFlags, joinFlags, nodeFlags } from '../../cli/node-flags.js';
import { addressesOf, nodePlanOf } from '../../cli/node-plan.js';
import { StartCommand } from '../../cli/start-command.js';

export default class ClusterJoin extends StartCommand {
  static override summary = "start this machine's node as a new member of a cluster";
  static override description =
    'The node becomes a member, copies the data while it shows how far it is, and serves once it is in sync. With --detach the ' +
    'command ends then; else the node goes on in the foreground. A node with data of this very cluster comes back as what it was, and ' +
    'is shown the way. Data of another cluster is never overwritten: see --set-aside-data.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> 10.0.0.1:7379 --name b --listen 10.0.0.2:7379 --secret-file mneme.secret',
    '<%= config.bin %> <%= command.id %> 10.0.0.1:7379,10.0.0.2:7379 --name c --listen 10.0.0.3:7379 --secret-file mneme.secret --detach',
    '<%= config.bin %> <%= command.id %> --discover dns:mneme.example',
    '<%= config.bin %> <%= command.id %> 10.0.0.1:7379 --set-aside-data',
  ];
  static override args = {
    addresses: Args.string({
      description: 'members to join through: ADDRESS[,ADDRESS…]; default: those that --discover finds',
    }),
  };
  static override flags = {
    ...nodeFlags,
    ...hiddenFoundingFlags,
    ...joinFlags,
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ClusterJoin);
    const addresses = args.addresses === undefined ? [] : addressesOf(args.addresses);
    const joins = { addresses, setAsideData: flags['set-aside-data'] === true };
    return this.start(nodePlanOf(flags, joins), flags);
  }
}
