import type { IncidentView, PlanCounts } from '../../admin/protocol/api.js';
import type { incident, planCounts } from '../shapes/common.js';
import type { Of } from '../shapes/shape.js';
import { membersOf, whoOf } from './members.js';

export function incidentJson(view: IncidentView): Of<typeof incident> {
  const { asked, executor, executorReplica, counts, islands, ...facts } = view;
  const who = whoOf(islands.flatMap(membersOf));
  return {
    ...facts,
    askedBy: asked,
    islands: islands.map((one, i) => ({ island: i + 1, members: membersOf(one), writes: one.writes })),
    executor: executor === null ? null : { ...who(executor), ...(executorReplica ? { replica: executorReplica } : {}) },
    counts: counts === null ? null : countsJson(counts),
  };
}

export function countsJson({
  conflicts,
  uncertain,
  manual = 0,
  merged = 0,
  twofold = 0,
  rewritten,
  onlyHere,
  overridden,
}: PlanCounts): Of<typeof planCounts> {
  return {
    ...{ conflicts, uncertain, manual, merged, twofold, rewritten },
    onlyHere: keysByIsland(onlyHere),
    overridden: overridden.map((values, i) => ({ island: i + 1, values })),
  };
}

/** Lists by island are in the order of the islands; in JSON each number stands with its island. */
export function keysByIsland(counts: readonly number[]): { island: number; keys: number }[] {
  return counts.map((keys, i) => ({ island: i + 1, keys }));
}
