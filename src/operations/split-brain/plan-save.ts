import type { AdminClient } from '../../admin/client/client.js';
import type { ConflictView, PlanReply } from '../../admin/protocol/api.js';
import type { LineSink } from '../entry/export.js';
import { END_TEXT, headerText, rowText } from './plan-text.js';

/** Rows that are asked for at a time. */
const PAGE_ROWS = 500;

/** What stands in a conflict: an index of the plan's islands; null: nobody has decided. */
export type PickOf = (conflict: ConflictView) => number | null;

/** How many keys a saved plan has, and how many of them nobody has decided. */
export interface SavedKeys {
  keys: number;
  undecided: number;
}

/** Write a plan that the node has made as text, page by page, whatever its size. */
export async function savePlan(
  executor: AdminClient,
  plan: PlanReply,
  policy: string,
  sink: LineSink,
  pickOf: PickOf = ({ outcome }) => outcome,
): Promise<SavedKeys> {
  const { clusterId } = await executor.call('STATUS', {});
  const { incident, separatedMs } = plan;
  await sink(
    headerText({
      cluster: clusterId,
      incident,
      separatedMs,
      policy,
      islands: plan.islands.map(({ members }) => members),
    }),
  );
  const saved = { keys: 0, undecided: 0 };
  for await (const rows of planRows(executor, plan.digest)) {
    const picks = rows.map(pickOf);
    saved.keys += rows.filter(({ follows }) => follows !== true).length;
    saved.undecided += rows.filter(({ follows }, i) => picks[i] === null && follows !== true).length;
    await sink(rows.map((row, i) => rowText(row, picks[i]!)).join(''));
  }
  await sink(END_TEXT);
  return saved;
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
