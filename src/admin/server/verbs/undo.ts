import type { IncidentRecord } from '../../../core/membership/records.js';
import type { Steps } from '../../../core/model/steps.js';
import type { RecordReader } from '../../../core/node-status.js';
import { UNDO_SUMS, type UndoneKey, type UndoResult } from '../../../core/resolution/undo.js';
import type { Node } from '../../../node/node.js';
import type { AdminApi, UndoReply, UndoSums } from '../../protocol/api.js';
import { entryFacts, inSteps, keyName, keyOf } from '../../protocol/facts.js';
import { groupsView } from '../../protocol/groups-view.js';
import { readFilter } from '../../protocol/row-filter.js';
import { type Found, foundAt, foundFacts } from './found-facts.js';
import { islandsOf } from './set-aside.js';

const GROUPS_MAX = 100;

export async function undo(node: Node, request: AdminApi['UNDO']['request']): Promise<UndoReply> {
  const { records } = node.core.status;
  const { incident, keyBase64, database = 0, dryRun = false, offset = 0, limit = 100, asked = null } = request;
  const key = keyBase64 === undefined ? null : keyOf({ database, keyBase64 });
  const filter = filterOf(request, records.incident(incident), records);
  const groupsMax = Math.min(request.groups ?? 0, GROUPS_MAX);
  const result = await new Promise<UndoResult>((resolve, reject) => {
    node.core.operator.undo({ incident, key, filter, dryRun, asked, offset, limit, groupsMax }, { resolve, reject });
    node.schedule();
  });
  const sample: UndoReply['sample'] = [];
  for (const one of result.sample) {
    // Of what was changed what was there before is no more to be found.
    const found = dryRun ? foundAt(node, one.key) : one.current;
    sample.push(await inSteps(undoneView(node, one, found)));
  }
  const { restored, skipped, undoIncident } = result;
  return { incident, restored, skipped, undoIncident, sample, summary: groupsView(result.groups, sumsOf) };
}

// ---

/** null: all keys. An incident that is not known is told by who undoes it. */
function filterOf(request: AdminApi['UNDO']['request'], incident: IncidentRecord | undefined, records: RecordReader) {
  const { only, prefixBase64, island } = request;
  if (incident === undefined || (only === undefined && prefixBase64 === undefined && island === undefined)) return null;
  const wanted = {
    ...(only === undefined ? {} : { only }),
    ...(prefixBase64 === undefined ? {} : { prefixBase64 }),
    ...(island === undefined ? {} : { island }),
  };
  return readFilter(wanted, islandsOf(incident), records);
}

function* undoneView(
  node: Node,
  { key, action, reason, aside }: UndoneKey,
  found: Found | undefined,
): Steps<UndoReply['sample'][number]> {
  const { records } = node.core.status;
  return {
    ...keyName(key, records),
    action,
    reason,
    overridden: yield* entryFacts(aside, records),
    now: yield* foundFacts(node, found),
  };
}

function sumsOf(sums: readonly number[]): UndoSums {
  const { keys, restore, delete: deleted, skip, bytes } = UNDO_SUMS;
  return {
    keys: sums[keys]!,
    restored: sums[restore]!,
    deleted: sums[deleted]!,
    skipped: sums[skip]!,
    bytes: sums[bytes]!,
  };
}
