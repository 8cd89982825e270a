import { Flags } from '@oclif/core';
import { ANSWER_TIMEOUT_MS, answeringNode, setAnswerTimeout } from '../../admin/client/patience.js';
import type { StatusReply } from '../../admin/protocol/api.js';
import { accessFlags } from '../../cli/access-flags.js';
import { MnemeCommand, nodeFlag } from '../../cli/base-command.js';
import { contextFlag } from '../../cli/contexts/context-in-use.js';
import { durationFlag } from '../../cli/flags.js';
import { Progress } from '../../cli/progress.js';
import { trustFlags } from '../../cli/trust-flags.js';
import { clusterStatus } from '../../operations/cluster/status.js';
import { clusterWait, WAIT_FOR } from '../../operations/cluster/wait.js';

export default class ClusterWait extends MnemeCommand {
  static override summary = 'wait until the cluster, or a node, is as a script needs it';
  static override description =
    'in-sync: all members answer and are in sync with each other; no-split-brain: none is open; serving: the asked node takes requests; ' +
    'member:NAME: that one is a member, and in sync. A node that does not answer yet is waited for too. Exit code 8 when the time is over.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --for in-sync',
    '<%= config.bin %> <%= command.id %> --for member:green --node 127.0.0.1:7380 --timeout 5m',
  ];
  static override baseFlags = {
    node: nodeFlag,
    ...contextFlag,
    ...accessFlags,
    timeout: durationFlag({ summary: 'how long to wait; default: 60s', helpGroup: 'GLOBAL' }),
    ...trustFlags,
  };
  static override flags = {
    for: Flags.string({ required: true, helpValue: 'CONDITION', summary: WAIT_FOR }),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(ClusterWait);
    const timeoutMs = flags.timeout ?? 60_000;
    setAnswerTimeout(Math.max(1, Math.min(ANSWER_TIMEOUT_MS, timeoutMs)));
    const progress = new Progress();
    const onLook = (headline: string) => progress.show(`waiting for ${flags.for}: ${headline}`);
    const lookAt = async (onAsked: (asked: StatusReply) => void) =>
      clusterStatus(await answeringNode(flags.node), onAsked);
    const waited = await clusterWait(flags.for, { timeoutMs, onLook }, lookAt).finally(() => progress.end());
    await this.show(
      async () => (await import('../../cli/views/done.js')).doneView,
      `${waited.for}: ${waited.headline}`,
    );
    return this.answer(async () => (await import('../../cli/json/cluster.js')).clusterWaitJson, waited);
  }
}
