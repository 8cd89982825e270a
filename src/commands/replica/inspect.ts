import { Args } from '@oclif/core';
import { NodeCommand } from '../../cli/base-command.js';
import { replicaInspect } from '../../operations/replica/inspect.js';

export default class ReplicaInspect extends NodeCommand {
  static override summary = 'look at one replica: its links, and what it lacks from whom';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> b',
    '<%= config.bin %> <%= command.id %> b --json',
  ];
  static override args = {
    member: Args.string({ description: 'name or address of the member; default: the asked node' }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ReplicaInspect);
    const replica = await replicaInspect(flags.node, args.member);
    await this.show(async () => (await import('../../cli/views/replica-inspect.js')).replicaInspectView, replica);
    return this.answer(async () => (await import('../../cli/json/replicas.js')).replicaInspectJson, replica);
  }
}
