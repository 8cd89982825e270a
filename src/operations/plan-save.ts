import type { ConflictView, PlanReply } from '../admin/api.js';
import type { AdminClient } from '../admin/client.js';
import type { LineSink } from './entry-export.js';
import { END_TEXT, headerText, islandsOf, rowText } from './plan-text.js';

/** Rows that are asked for at a time. */
const PAGE_ROWS = 500;

/** What stands of a conflict: an index of the plan's islands. */
export type PickOf = (conflict: ConflictView) => number;

/** Write a plan that the node has made as text, page by page, whatever its size. Gives how many keys it has. */
export async function savePlan(
  executor: AdminClient,
  plan: PlanReply,
  policy: string,
  sink: LineSink,
  pickOf: PickOf = ({ outcome }) => outcome,
): Promise<number> {
  const { clusterId } = await executor.call('STATUS', {});
  const { incident, separatedMs } = plan;
  await sink(headerText({ cluster: clusterId, incident, separatedMs, policy, islands: islandsOf(plan) }));
  let keys = 0;
  for await (const rows of planRows(executor, plan.digest)) {
    keys += rows.length;
    await sink(rows.map((row) => rowText(row, pickOf(row))).join(''));
  }
  await sink(END_TEXT);
  return keys;
}

/** All conflicts of a plan that the node keeps, page by page. */
export async function* planRows(executor: AdminClient, plan: string): AsyncGenerator<ConflictView[]> {
  for (let offset = 0, more = true; more; ) {
    const page = await executor.call('PLAN', { plan, limit: PAGE_ROWS, offset });
    if (page.conflicts.length > 0) yield page.conflicts;
    offset += page.conflicts.length;
    more = page.truncated && page.conflicts.length > 0;
  }
}
