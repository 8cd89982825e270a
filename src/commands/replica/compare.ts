import { Args } from '@oclif/core';
import { NodeCommand } from '../../cli/base-command.js';
import { limitFlag, prefixFlag, prefixOf } from '../../cli/flags.js';
import { replicaCompare } from '../../operations/replica/compare.js';

export default class ReplicaCompare extends NodeCommand {
  static override summary = 'show which keys two replicas hold differently';
  static override description =
    'Compares at this moment, so writes under way count too; deletes count as no value. For a verdict on all replicas, use mneme replica verify.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> a b',
    '<%= config.bin %> <%= command.id %> a b --prefix session: --limit 20',
  ];
  static override args = {
    first: Args.string({ required: true, description: 'name or address of a member' }),
    second: Args.string({ required: true, description: 'name or address of another' }),
  };
  static override flags = { prefix: prefixFlag, limit: limitFlag(100) };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ReplicaCompare);
    const options = { limit: flags.limit, ...prefixOf(flags) };
    const comparison = await replicaCompare(flags.node, [args.first, args.second], options);
    const shown = { ...comparison, nowMs: Date.now() };
    await this.show(async () => (await import('../../cli/views/replica-compare.js')).replicaCompareView, shown);
    return this.answer(async () => (await import('../../cli/json/replicas.js')).replicaCompareJson, comparison);
  }
}
