import { withClient } from '../../admin/client/client.js';
import type { IncidentView, SetAsideFacts, SetAsideReply } from '../../admin/protocol/api.js';
import { findIncident } from './incidents.js';
import { filterRequest, type RowsWanted } from './rows-wanted.js';

/** The number of key beginnings in the summary. */
const GROUPS_SHOWN = 10;

export interface IncidentDetails {
  incident: IncidentView;
  setAside: SetAsideFacts[];
  /** How many values there are of what was asked for. */
  total: number;
  /** There are more than were asked for. */
  truncated: boolean;
  summary: SetAsideReply['summary'];
}

/** One split-brain and the values that its resolution set aside, in the order of their keys. */
export async function splitBrainShow(address: string, wanted: string, rows: RowsWanted): Promise<IncidentDetails> {
  const { limit, offset = 0 } = rows;
  return withClient(address, async (client) => {
    const incident = await findIncident(client, wanted);
    const request = { incident: incident.id, ...filterRequest(rows) };
    const first = await client.call('SETASIDE', { ...request, offset, limit, groups: GROUPS_SHOWN });
    const setAside = [...first.entries];
    let { truncated } = first;
    while (truncated && setAside.length < limit) {
      const more = { offset: offset + setAside.length, limit: limit - setAside.length };
      const page = await client.call('SETASIDE', { ...request, ...more });
      setAside.push(...page.entries);
      truncated = page.truncated && page.entries.length > 0;
    }
    return { incident, setAside, total: first.total, truncated, summary: first.summary };
  });
}
