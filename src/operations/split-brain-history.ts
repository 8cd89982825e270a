import type { IncidentView } from '../admin/api.js';
import { withClient } from '../admin/client.js';

export interface IncidentHistory {
  incidents: IncidentView[];
}

/** All split-brains that the cluster remembers, newest first. */
export async function splitBrainHistory(address: string): Promise<IncidentHistory> {
  return withClient(address, (client) => client.call('INCIDENTS', {}));
}
