import { withClient } from '../../admin/client/client.js';
import type { StatusReply } from '../../admin/protocol/api.js';
import { OperatorError } from '../../core/model/errors.js';
import type { JoinProgress } from './node-options.js';

export interface AwaitServingOptions {
  /** Ends the wait early, with what it resolves to: the process has died, say. */
  gaveUp: Promise<Error>;
  /** Only this process counts: another node may hold the port, and answer in its place. */
  pid: number;
  /** Wait until it has caught up with its cluster too. */
  untilInSync: boolean;
  pollMs?: number;
  onProgress?: (progress: JoinProgress) => void;
  /** What a node without a cluster waits for. */
  onWait?: (text: string) => void;
}

/**
 * Wait until the node at an address serves. There is no time limit of its own: a node with much data may load for long, and
 * one that cannot start ends, which `gaveUp` tells.
 */
export async function awaitServing(address: string, options: AwaitServingOptions): Promise<StatusReply> {
  const { gaveUp, pid, untilInSync, pollMs = 100, onProgress, onWait } = options;
  for (;;) {
    const outcome = await Promise.race([askStatus(address, pid), gaveUp]);
    if (outcome instanceof Error) throw outcome;
    if (outcome !== null && isServing(outcome, untilInSync)) return outcome;
    if (outcome?.joining) onProgress?.(outcome.joining);
    const waiting = outcome?.problems?.find(({ kind }) => kind === 'gathering');
    if (waiting !== undefined) onWait?.(waiting.text);
    const pause = new Promise<null>((resolve) => setTimeout(resolve, pollMs, null));
    const ended = await Promise.race([pause, gaveUp]);
    if (ended !== null) throw ended;
  }
}

async function askStatus(address: string, pid: number): Promise<StatusReply | null> {
  const options = { connectTimeoutMs: 1000, replyTimeoutMs: 2000 };
  const status = await withClient(address, (client) => client.call('STATUS', {}), options).catch((error: unknown) => {
    // That will not change by waiting.
    if (error instanceof OperatorError && error.code === 'not-authenticated') throw error;
    return null;
  });
  return status !== null && status.self.pid === pid ? status : null;
}

function isServing({ self, joining, members }: StatusReply, untilInSync: boolean): boolean {
  if (self.state !== 'serving' && self.state !== 'read-only' && self.state !== 'no-quorum') return false;
  if (!untilInSync) return true;
  const busy = members.some(({ link }) => link === 'joining' || link === 'catching-up' || link === 'connecting');
  return joining === null && !busy;
}
