import { Flags } from '@oclif/core';
import { MnemeCommand } from '../../cli/base-command.js';
import { newSecret } from '../../operations/cluster/secret.js';

export default class ClusterSecret extends MnemeCommand {
  static override summary = 'make a secret that the nodes of a cluster and its operators show each other';
  static override description =
    '32 random bytes, as text. Every node is started with the same file (--secret-file), and commands are given it too, or find it ' +
    'in MNEME_SECRET_FILE. The file may hold a second secret in a second line: one takes the place of the other while the cluster runs.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --out mneme.secret',
    '<%= config.bin %> <%= command.id %> | ssh other "umask 077; cat > mneme.secret"',
  ];
  static override flags = {
    out: Flags.string({
      helpValue: 'PATH',
      summary: 'write it into this new file, for its owner alone, and print nothing',
    }),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(ClusterSecret);
    const made = newSecret(flags.out ?? null);
    await this.show(async () => (await import('../../cli/views/cluster-secret.js')).clusterSecretView, made);
    return this.answer(async () => (await import('../../cli/json/cluster.js')).clusterSecretJson, made);
  }
}
