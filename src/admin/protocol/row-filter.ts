import { bytesToId } from '../../core/model/bytes.js';
import { OperatorError } from '../../core/model/errors.js';
import type { ReplicaId } from '../../core/model/version.js';
import type { RowFilter } from '../../core/resolution/plan-rows.js';
import { ROW_CLASSES, type RowFilterJson } from './api.js';
import { islandOrder, type Names, namesOf } from './facts.js';

/** A request's filter in the core's terms. `islands`: those of the plan or of the incident. */
export function readFilter(
  { prefixBase64, database, only, island, undecided }: RowFilterJson & { undecided?: boolean },
  islands: readonly (readonly ReplicaId[])[],
  records: Names,
): RowFilter {
  if (only !== undefined && !ROW_CLASSES.includes(only))
    throw new OperatorError('usage', `"${only}" is no class of keys: ${ROW_CLASSES.join(', ')}.`);
  return {
    prefix: prefixBase64 === undefined ? '' : bytesToId(Buffer.from(prefixBase64, 'base64')),
    database: database ?? null,
    only: only ?? null,
    island: island === undefined ? null : islandOf(island, islands, records),
    undecided: undecided === true,
  };
}

/** By the name of a member, or by the number under which it is shown. @throws OperatorError `usage`, naming the islands. */
function islandOf(wanted: string, islands: readonly (readonly ReplicaId[])[], records: Names): number {
  const members = islands.map((replicas) => namesOf(replicas, records));
  const order = islandOrder(
    islands.map((replicas) => ({ replicas })),
    records,
  );
  const named = members.findIndex((names) => names.includes(wanted));
  const found = named >= 0 ? named : /^\d+$/.test(wanted) ? order[Number(wanted) - 1] : undefined;
  if (found !== undefined) return found;
  const known = order.map((i, at) => `${at + 1} (${members[i]!.join(', ')})`).join(', ');
  throw new OperatorError(
    'usage',
    `"${wanted}" is no island: there are ${known}.`,
    'name one by its number or a member',
  );
}
