import { withClient } from '../../admin/client/client.js';
import type { IncidentView } from '../../admin/protocol/api.js';

export interface IncidentHistory {
  incidents: IncidentView[];
}

/** All split-brains that the cluster remembers, newest first. */
export async function splitBrainHistory(address: string): Promise<IncidentHistory> {
  return withClient(address, (client) => client.call('INCIDENTS', {}));
}
