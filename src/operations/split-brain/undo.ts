import { type Asked, withClient } from '../../admin/client/client.js';
import type { UndoReply } from '../../admin/protocol/api.js';
import { OperatorError } from '../../core/model/errors.js';
import { findIncident } from './incidents.js';
import { filterRequest, isUnfiltered, type RowsWanted } from './rows-wanted.js';

/** The number of key beginnings in the summary. */
const GROUPS_SHOWN = 10;

export interface UndoRequest {
  /** An incident's id, a prefix of it, or `latest`. */
  incident: string;
  /** Restore this key alone, even if it was written again since. */
  key?: { database: number; bytes: Buffer };
  /** Which keys are restored: a filter is a scope here. And how many of them are named. */
  rows: RowsWanted;
}

export interface Undo extends UndoReply {
  /** Nothing was changed: it was only shown, or there was nothing to restore. */
  dryRun: boolean;
  /** How many keys the plan that was approved had to restore: others were written again, or expired, in between. */
  shown: number;
}

/**
 * Write the values that a resolution set aside anew: plan, let the plan be approved, carry it out.
 * @throws OperatorError `refused` if nothing of it was set aside.
 * @param approve shown what would be done; resolves to whether to go on, or throws what stops it.
 */
export async function splitBrainUndo(
  node: Asked,
  { incident: wanted, key, rows }: UndoRequest,
  approve: (plan: UndoReply) => Promise<boolean>,
): Promise<Undo> {
  return withClient(node, async (client) => {
    const { id } = await findIncident(client, wanted);
    const named = key === undefined ? {} : { keyBase64: key.bytes.toString('base64'), database: key.database };
    const scope = { incident: id, ...named, ...filterRequest(rows) };
    const page = { limit: rows.limit, offset: rows.offset ?? 0, groups: GROUPS_SHOWN };
    const plan = await client.call('UNDO', { ...scope, ...page, dryRun: true });
    if (plan.restored + plan.skipped === 0) throw nothingSetAside(id, key, !isUnfiltered(rows));
    const shown = plan.restored;
    if (!(await approve(plan))) return { ...plan, dryRun: true, shown };
    return { ...(await client.call('UNDO', { ...scope, ...page, asked: client.asker })), dryRun: false, shown };
  });
}

function nothingSetAside(id: string, key: UndoRequest['key'], isFiltered: boolean): OperatorError {
  const of =
    key === undefined ? '' : ` of key ${JSON.stringify(key.bytes.toString('utf8'))} in database ${key.database}`;
  const asked = isFiltered ? ' of what was asked for' : '';
  return new OperatorError('refused', `incident ${id} set nothing aside${of}${asked}`, `mneme split-brain show ${id}`);
}
