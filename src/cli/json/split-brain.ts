import type {
  ConflictView,
  Grouped,
  KeyName,
  PlanChangesView,
  PlanReply,
  PlanSummaryView,
  PlanSums,
} from '../../admin/protocol/api.js';
import type { IncidentHistory } from '../../operations/split-brain/history.js';
import type { SomeKeys } from '../../operations/split-brain/picks.js';
import type { Resolution } from '../../operations/split-brain/resolve.js';
import type { IncidentDetails } from '../../operations/split-brain/show.js';
import type { SplitBrainStatus } from '../../operations/split-brain/status.js';
import type { Undo } from '../../operations/split-brain/undo.js';
import type { Of } from '../shapes/shape.js';
import type * as shapes from '../shapes/split-brain.js';
import { keyJson, textOfBase64 } from './bytes.js';
import { islandsJson } from './cluster.js';
import { asideJson, entryJson, entryOrNull } from './entries.js';
import { countsJson, incidentJson, keysByIsland } from './incidents.js';
import { membersOf, type Who, whoOf, whoOfStatus } from './members.js';

export function splitBrainStatusJson(status: SplitBrainStatus): Of<typeof shapes.splitBrainStatus> {
  const { members: _, changes, asked, incidents, islands, ...facts } = status;
  const who = whoOfStatus(status);
  return {
    ...facts,
    asked: who(asked),
    incidents: incidents.map(incidentJson),
    islands: islandsJson(islands, who),
    changes: changes === null ? null : changesOfIslands(changes, islands, who),
  };
}

export function planJson(plan: PlanReply): Of<typeof shapes.plan> {
  const { digest, preliminary = false, incident, separatedMs, executor, strategy, skewMs, total, truncated } = plan;
  const who = whoOf(plan.islands.flatMap(membersOf));
  return {
    ...{ digest, preliminary, incident, separatedMs, executor: who(executor), strategy },
    islands: plan.islands.map((island, i) => ({ island: i + 1, members: membersOf(island) })),
    absent: membersOf({ members: plan.absent, replicas: plan.absentReplicas ?? [] }),
    counts: countsJson(plan.counts),
    skewMs,
    summary: plan.summary === null ? null : summaryJson(plan.summary),
    conflicts: plan.conflicts.map(conflictJson),
    ...{ total, truncated },
  };
}

export function resolutionJson({ dryRun, plan, incident, changes, picks }: Resolution): Of<typeof shapes.resolution> {
  const islands = [...plan.islands, ...(incident?.islands ?? [])];
  return {
    dryRun,
    plan: planJson(plan),
    incident: incident === null ? null : incidentJson(incident),
    changes: changes === null ? null : changesJson(changes, whoOf(islands.flatMap(membersOf))),
    picks:
      picks === null
        ? null
        : { held: picks.held, changed: someKeysJson(picks.changed), fresh: someKeysJson(picks.fresh) },
  };
}

export function historyJson({ incidents }: IncidentHistory): Of<typeof shapes.history> {
  return { incidents: incidents.map(incidentJson) };
}

export function detailsJson({
  incident,
  setAside,
  total,
  truncated,
  summary,
}: IncidentDetails): Of<typeof shapes.details> {
  return {
    incident: incidentJson(incident),
    summary: summary === null ? null : groupedJson(summary, (sums) => sums),
    setAside: setAside.map((facts) => asideJson(facts, [incident])),
    ...{ total, truncated },
  };
}

export function undoJson(undone: Undo): Of<typeof shapes.undo> {
  const { dryRun, incident, undoIncident, restored, skipped, shown, summary, sample } = undone;
  return {
    ...{ dryRun, incident, undoIncident, restored, skipped, shown },
    summary: groupedJson(summary, (sums) => sums),
    sample: sample.map(({ action, reason, overridden, now, ...key }) => {
      return { ...keyJson(key), action, reason, overridden: entryJson(overridden), now: entryOrNull(now) };
    }),
  };
}

// ---

function changesOfIslands(
  { both, islands: changed }: NonNullable<SplitBrainStatus['changes']>,
  islands: SplitBrainStatus['islands'],
  who: Who,
) {
  const islandOf = (members: readonly string[]) =>
    islands.find((island) => members.every((name) => island.members.includes(name)))?.number ?? null;
  return {
    both,
    islands: changed.map(({ members, ...facts }) => {
      return { island: islandOf(members), members: members.map(who), ...facts };
    }),
  };
}

function conflictJson(view: ConflictView): Of<typeof shapes.plan>['conflicts'][number] {
  const { kind, outcome, reason, overridden, uncertain, versions } = view;
  const { undecided = false, lengthOnly = false, follows = false } = view;
  return {
    ...keyJson(view),
    ...{ kind, stands: outcome === null ? null : outcome + 1, reason, overridden: overridden.map((i) => i + 1) },
    ...{ uncertain, undecided, lengthOnly, follows },
    versions: versions.map((entry, i) => ({ island: i + 1, entry: entryOrNull(entry) })),
  };
}

function summaryJson(summary: PlanSummaryView) {
  const { kinds, stands, setAsideBytes, wholeKeys = 0 } = summary;
  return {
    ...groupedJson(summary, planSums),
    kinds: (Object.keys(kinds) as ConflictView['kind'][]).map((kind) => ({ kind, keys: kinds[kind] })),
    stands: keysByIsland(stands),
    setAsideBytes: setAsideBytes.map((bytes, i) => ({ island: i + 1, bytes })),
    wholeKeys,
  };
}

function planSums({ onlyHere, parts = 0, ...sums }: PlanSums) {
  return { ...sums, parts, onlyHere: keysByIsland(onlyHere) };
}

function groupedJson<S extends object, J extends object>({ groups, other, total }: Grouped<S>, sumsOf: (sums: S) => J) {
  return {
    groups: groups.map((group) => ({ ...prefixJson(group), ...sumsOf(group) })),
    other: other === null ? null : { ...sumsOf(other), groups: other.groups },
    total: sumsOf(total),
  };
}

function prefixJson({ database, prefixBase64 }: { database: number; prefixBase64: string }) {
  return { database, prefix: textOfBase64(prefixBase64), prefixBase64 };
}

function changesJson(changes: PlanChangesView, who: Who) {
  const { changedKeys, otherwiseKeys, missedKeys, gone, joined, ...counts } = changes;
  return {
    ...counts,
    changedKeys: changedKeys.map(keyJson),
    otherwiseKeys: otherwiseKeys.map(({ shown, shownMembers, now, nowMembers, reason, ...key }) => ({
      ...keyJson(key),
      ...{ shown: entryOrNull(shown), shownMembers: shownMembers.map(who) },
      ...{ now: entryOrNull(now), nowMembers: nowMembers.map(who), reason },
    })),
    missedKeys: missedKeys.map(keyJson),
    gone: gone.map(who),
    joined: joined.map(who),
  };
}

function someKeysJson({ count, keys }: SomeKeys): { count: number; keys: ReturnType<typeof keyJson>[] } {
  return { count, keys: keys.map((key: KeyName) => keyJson(key)) };
}
