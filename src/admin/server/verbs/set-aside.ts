import type { IncidentRecord, SetAside } from '../../../core/membership/records.js';
import { bytesToId } from '../../../core/model/bytes.js';
import { OperatorError } from '../../../core/model/errors.js';
import type { Steps } from '../../../core/model/steps.js';
import { ASIDE_SUMS, type Asides, isAsLeft } from '../../../core/resolution/asides.js';
import type { Node } from '../../../node/node.js';
import type { AdminApi, AsideSums, SetAsideFacts, SetAsideReply } from '../../protocol/api.js';
import { base64, entryFacts, inSteps, keyName, namesOf } from '../../protocol/facts.js';
import { groupsView } from '../../protocol/groups-view.js';
import { readFilter } from '../../protocol/row-filter.js';
import { foundAt, foundFacts } from './found-facts.js';

/** A page ends after so many bytes of keys and values, so that a page of large values stays a page. */
const PAGE_BYTES = 4 * 1024 * 1024;
const ROWS_MAX = 10_000;
const GROUPS_MAX = 100;

export async function setAside(node: Node, request: AdminApi['SETASIDE']['request']): Promise<SetAsideReply> {
  const { status } = node.core;
  const incident = status.records.incident(request.incident);
  if (incident === undefined) {
    throw new OperatorError(
      'unknown-incident',
      `There is no incident "${request.incident}".`,
      'mneme split-brain history',
    );
  }
  const { offset = 0, limit, groups } = request;
  const page = {
    offset,
    limit: Math.min(limit, ROWS_MAX),
    groupsMax: groups === undefined ? null : Math.min(groups, GROUPS_MAX),
  };
  const filter = readFilter(request, islandsOf(incident), status.records);
  const found = await inSteps(node.core.operator.setAside(incident.id, filter, page));
  const entries = await inSteps(pageOf(node, found, request.values === true));
  const { total } = found;
  const summary = found.groups === null ? null : groupsView(found.groups, sumsOf);
  return { entries, total, truncated: offset + entries.length < total, summary };
}

export function islandsOf(incident: IncidentRecord): (readonly string[])[] {
  return incident.islands.map(({ replicas }) => replicas);
}

export function* setAsideFacts(
  node: Node,
  aside: SetAside,
  keptUntilMs: number,
  withValue: boolean,
): Steps<SetAsideFacts> {
  const { records, data } = node.core.status;
  const islands = records.incident(aside.incident)?.islands ?? [];
  const members = namesOf(islands[aside.island]?.replicas ?? [], records);
  const facts = yield* entryFacts(aside, records);
  return {
    incident: aside.incident,
    ...keyName(aside.key, records),
    island: members.join(', '),
    overridden: withValue && aside.value !== null ? { ...facts, valueBase64: base64(aside.value) } : facts,
    standing: aside.standing ?? { hlc: 0, origin: '' },
    now: yield* foundFacts(node, foundAt(node, aside.key)),
    writtenSince: !isAsLeft(data.store, aside, node.core.nowMs),
    keptUntilMs,
  };
}

// ---

function* pageOf(node: Node, { rows }: Asides, withValues: boolean): Steps<SetAsideFacts[]> {
  const entries: SetAsideFacts[] = [];
  let bytes = 0;
  for (const { aside, keptUntilMs } of rows) {
    bytes += bytesToId(aside.key).length + (withValues ? (aside.value?.length ?? 0) : 0);
    if (bytes > PAGE_BYTES && entries.length > 0) break;
    entries.push(yield* setAsideFacts(node, aside, keptUntilMs, withValues));
    if (entries.length % 64 === 0) yield;
  }
  return entries;
}

function sumsOf(sums: readonly number[]): AsideSums {
  const { values, bytes, deleted, since } = ASIDE_SUMS;
  return { values: sums[values]!, bytes: sums[bytes]!, deleted: sums[deleted]!, writtenSince: sums[since]! };
}
