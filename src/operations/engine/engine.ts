import { withClient } from '../../admin/client/client.js';
import type { EngineReply } from '../../admin/protocol/api.js';
import { OperatorError } from '../../core/model/errors.js';

/** Shown what is held; throws what stops it. */
export type ApproveLoss = (reply: EngineReply) => Promise<void>;

/** The state of the Redis that a node is attached to. */
export async function engineStatus(address: string): Promise<EngineReply> {
  return withClient(address, (client) => client.call('ENGINE', { action: 'status' }));
}

/**
 * End a hold: write what Redis may have lost back to it from the node's copy, or accept the loss, so that it is deleted on
 * all members. What was held is shown first.
 */
export async function settleLoss(
  address: string,
  action: 'restore' | 'confirm-loss',
  approve: ApproveLoss,
): Promise<EngineReply> {
  return withClient(address, async (client) => {
    const reply = await client.call('ENGINE', { action: 'status' });
    const { missing, different, added, doubtful } = reply.engine.held;
    if (missing + different + added + doubtful === 0) {
      const message = `Nothing is held at ${reply.name}: its Redis has not lost anything that is known of.`;
      throw new OperatorError('refused', message, 'mneme engine status');
    }
    await approve(reply);
    return client.call('ENGINE', { action });
  });
}
