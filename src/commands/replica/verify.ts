import { Flags } from '@oclif/core';
import { NodeCommand } from '../../cli/base-command.js';
import { Progress } from '../../cli/progress.js';
import { EXIT } from '../../core/model/errors.js';
import { replicaVerify } from '../../operations/replica/verify.js';

export default class ReplicaVerify extends NodeCommand {
  static override summary = 'check that all replicas hold the same data, exactly';
  static override description =
    'Compares every replica with every other at their version vectors, so that it is exact while writes go on: what a replica ' +
    'has yet to receive is in flight, what it says it has and has not is a difference. Exit code 3 if there is one, if a ' +
    'replica does not answer, or if a split-brain holds islands apart. Entries are compared by their versions, which costs ' +
    'what differs; with --values all values are read as well, which finds damage too.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];
  static override flags = {
    values: Flags.boolean({ summary: 'compare the values of all entries, not only their versions' }),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(ReplicaVerify);
    const progress = new Progress();
    const onRound = (round: number, buckets: number) =>
      progress.show(`look ${round}: ${buckets} ranges differ, looking again at what is in flight`);
    const verification = await replicaVerify(flags.node, { values: flags.values, onRound }).finally(() =>
      progress.end(),
    );
    await this.show(async () => (await import('../../cli/views/replica-verify.js')).replicaVerifyView, verification);
    this.endWith(verification.healthy ? EXIT.done : EXIT.unhealthy);
    return this.answer(async () => (await import('../../cli/json/replicas.js')).replicaVerifyJson, verification);
  }
}
