import { withClient } from '../../admin/client/client.js';
import { OperatorError } from '../../core/model/errors.js';
import type { NodeDone } from './node-done.js';

export interface NodeStopped extends NodeDone {
  /** Whether its port was closed before the wait was over. */
  stopped: boolean;
}

const POLL_MS = 50;

/**
 * Stop one node cleanly, and wait until it is gone, so that the next start finds its port free. It stays a member and comes
 * back as what it was; a memory-only one keeps nothing, and joins anew.
 */
export async function clusterStop(address: string, waitMs = 15_000): Promise<NodeStopped> {
  const done = await withClient(address, async (client) => {
    const { self } = await client.call('STATUS', {});
    return { ...(await client.call('STOP', {})), node: self.name, replica: self.replica, address: client.address };
  });
  for (const deadlineMs = Date.now() + waitMs; Date.now() < deadlineMs; ) {
    if (await isGone(done.address)) return { ...done, stopped: true };
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return { ...done, stopped: false };
}

async function isGone(address: string): Promise<boolean> {
  try {
    await withClient(address, async () => undefined, { connectTimeoutMs: 1000 });
    return false;
  } catch (error) {
    if (error instanceof OperatorError && error.code === 'not-reachable') return true;
    throw error;
  }
}
