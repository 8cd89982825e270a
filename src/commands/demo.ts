import { Flags } from '@oclif/core';
import { MnemeCommand } from '../cli/base-command.js';
import { demoReporter, runMneme } from '../cli/demo-stage.js';
import { demo } from '../operations/demo/demo.js';

export default class Demo extends MnemeCommand {
  static override summary = 'see a split-brain happen and be resolved, on three real nodes of this machine';
  static override description =
    'Starts three nodes on free ports with their data in a temporary directory, cuts them apart, brings them together, merges, ' +
    'and in a second round promotes and undoes. Every step shows the command that one would type. It leaves nothing behind.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --keep',
    '<%= config.bin %> <%= command.id %> --engine redis',
  ];
  static override flags = {
    engine: Flags.option({ options: ['embedded', 'redis'] as const })({
      default: 'embedded',
      summary: 'redis: two nodes, each beside a redis-server that the demo starts and ends',
    }),
    keep: Flags.boolean({ summary: 'leave the cluster running at the end, to play with', exclusive: ['engine'] }),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(Demo);
    const abort = new AbortController();
    const stop = (): void => abort.abort();
    // Not once: an impatient second Ctrl-C must not leave nodes behind.
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
    const quiet = this.jsonEnabled();
    const result = await demo({
      reporter: demoReporter(quiet),
      run: runMneme(`${this.config.root}/bin/run.js`, quiet),
      engine: flags.engine,
      keep: flags.keep,
      signal: abort.signal,
    });
    await this.show(async () => (await import('../cli/views/demo.js')).demoEndView, result);
    return this.answer(async () => (await import('../cli/json/cluster.js')).demoJson, result);
  }
}
