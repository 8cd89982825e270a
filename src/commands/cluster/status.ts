import { Flags } from '@oclif/core';
import { answeringNode } from '../../admin/client/patience.js';
import { NodeCommand } from '../../cli/base-command.js';
import { listFlags, requireWhole } from '../../cli/lists/list-flags.js';
import { pageOf } from '../../cli/page.js';
import { untilInterrupted, watch } from '../../cli/watch.js';
import { EXIT } from '../../core/model/errors.js';
import { clusterStatus, type ClusterStatus as Status, verboseStatus } from '../../operations/cluster/status.js';
import { localTime } from '../../operations/common/durations.js';

const STATUS_JSON = async () => (await import('../../cli/json/cluster.js')).clusterStatusJson;

export default class ClusterStatus extends NodeCommand {
  static override summary = 'say how the cluster is, and what to do next';
  static override description =
    'Asks every member that can be reached, not only one, and shows where their views differ. Exit code 3 when the cluster is ' +
    'split, a member does not answer, clocks are too far apart or writes are refused; 0 when it is in sync or catching up.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --watch',
    '<%= config.bin %> <%= command.id %> --node 10.0.0.2:7379 --json',
  ];
  static override flags = {
    verbose: Flags.boolean({ char: 'v', summary: "the members' limits and versions as well" }),
    watch: Flags.boolean({ char: 'w', summary: 'show it again every second until q or Ctrl-C' }),
    ...listFlags(),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(ClusterStatus);
    const ask = flags.verbose ? verboseStatus : clusterStatus;
    if (flags.watch) {
      requireWhole(flags, '--watch');
      return this.watch(ask);
    }
    return this.list(flags, {
      listing: async () => (await import('../../cli/views/cluster-status.js')).memberListing,
      json: STATUS_JSON,
      ask: async () => {
        const status = await ask(flags.node);
        this.endWith(status.healthy ? EXIT.done : EXIT.unhealthy);
        return status;
      },
    });
  }

  /** With `--json`, one line for each look. */
  private async watch(ask: (address: string) => Promise<Status>): Promise<undefined> {
    const { clusterStatusView } = await import('../../cli/views/cluster-status.js');
    const draw = async () => {
      const status = await ask(await answeringNode(this.addresses));
      const json = await this.answer(STATUS_JSON, status);
      return this.jsonEnabled() ? JSON.stringify(json) : `${clusterStatusView(status, pageOf(process.stdout))}\n`;
    };
    const piped = this.jsonEnabled()
      ? { explain: (error: unknown) => JSON.stringify(this.toErrorJson(error)) }
      : { heading: () => `--- ${localTime(Date.now())}` };
    await watch(draw, { everyMs: 1000, signal: untilInterrupted(), ...piped });
  }
}
