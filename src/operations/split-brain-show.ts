import type { IncidentView, SetAsideFacts } from '../admin/api.js';
import { withClient } from '../admin/client.js';
import { findIncident } from './incidents.js';

export interface IncidentDetails {
  incident: IncidentView;
  setAside: SetAsideFacts[];
  /** There are more than were asked for. */
  truncated: boolean;
}

export interface ShowOptions {
  limit: number;
  prefix?: Buffer;
}

/** One split-brain and the values that its resolution set aside. */
export async function splitBrainShow(address: string, wanted: string, options: ShowOptions): Promise<IncidentDetails> {
  const { limit, prefix } = options;
  return withClient(address, async (client) => {
    const incident = await findIncident(client, wanted);
    const setAside: SetAsideFacts[] = [];
    for (let cursor: number | null = 0; cursor !== null && setAside.length <= limit; ) {
      const page: { entries: SetAsideFacts[]; cursor: number | null } = await client.call('SETASIDE', {
        incident: incident.id,
        cursor,
        limit: Math.min(limit + 1, 500),
      });
      setAside.push(...page.entries.filter((entry) => prefix === undefined || hasPrefix(entry, prefix)));
      cursor = page.cursor;
    }
    return { incident, setAside: setAside.slice(0, limit), truncated: setAside.length > limit };
  });
}

function hasPrefix({ keyBase64 }: SetAsideFacts, prefix: Buffer): boolean {
  return Buffer.from(keyBase64, 'base64').subarray(0, prefix.length).equals(prefix);
}
