import type { UndoReply } from '../admin/api.js';
import { withClient } from '../admin/client.js';
import { findIncident } from './incidents.js';

export interface UndoRequest {
  /** An incident's id, a prefix of it, or `latest`. */
  incident: string;
  /** Restore this key alone, even if it was written again since. */
  key?: { database: number; bytes: Buffer };
}

export interface Undo extends UndoReply {
  dryRun: boolean;
}

/**
 * Write the values that a resolution set aside anew: plan, let the plan be approved, carry it out.
 * @param approve shown what would be done; resolves to whether to go on, or throws what stops it.
 */
export async function splitBrainUndo(
  address: string,
  { incident: wanted, key }: UndoRequest,
  approve: (plan: UndoReply) => Promise<boolean>,
): Promise<Undo> {
  return withClient(address, async (client) => {
    const { id } = await findIncident(client, wanted);
    const named = key === undefined ? {} : { keyBase64: key.bytes.toString('base64'), database: key.database };
    const plan = await client.call('UNDO', { incident: id, ...named, dryRun: true });
    if (!(await approve(plan))) return { ...plan, dryRun: true };
    return { ...(await client.call('UNDO', { incident: id, ...named })), dryRun: false };
  });
}
