import { type Asked, withClient } from '../../admin/client/client.js';
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

export type AsideOrder = (one: SetAsideFacts, other: SetAsideFacts) => number;

/**
 * One split-brain and the values that its resolution set aside: in the order of their keys, or those that come first in the order that is
 * asked for, of all that there are.
 */
export async function splitBrainShow(
  node: Asked,
  wanted: string,
  rows: RowsWanted,
  order: AsideOrder | null = null,
): Promise<IncidentDetails> {
  const { limit, offset = 0 } = rows;
  const end = offset + limit;
  const [from, upto] = order === null ? [offset, end] : [0, Number.POSITIVE_INFINITY];
  return withClient(node, async (client) => {
    const incident = await findIncident(client, wanted);
    const request = { incident: incident.id, ...filterRequest(rows) };
    const ask = (at: number, more = {}) =>
      client.call('SETASIDE', { ...request, ...more, offset: at, limit: Math.min(upto - at, PAGE) });
    const first = await ask(from, { groups: GROUPS_SHOWN });
    let setAside = [...first.entries];
    let { truncated } = first;
    for (let at = from + setAside.length; truncated && at < upto; ) {
      const page = await ask(at);
      setAside.push(...page.entries);
      at += page.entries.length;
      truncated = page.truncated && page.entries.length > 0;
      // Of many only those are kept that can still be among the first.
      if (order !== null && setAside.length > 2 * end + KEPT_MIN) setAside = setAside.sort(order).slice(0, end);
    }
    if (order !== null) setAside = setAside.sort(order).slice(offset, end);
    return { incident, setAside, total: first.total, truncated: first.total > end, summary: first.summary };
  });
}

// ---

/** Values that are asked for at a time. */
const PAGE = 1000;
const KEPT_MIN = 10_000;
