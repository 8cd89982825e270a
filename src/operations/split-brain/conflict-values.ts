import { type AdminClient, withClient } from '../../admin/client/client.js';
import { type ConflictView, ENTRY_VALUE_BYTES_MAX, type EntryFacts, type PlanReply } from '../../admin/protocol/api.js';
import { OperatorError } from '../../core/model/errors.js';
import { isSameWrite } from '../../core/model/version.js';
import { changedParts } from './changed-parts.js';
import { nameOf } from './key-name.js';

/** One island's value of a key, read now from one of its members. */
export interface IslandValue {
  island: number;
  /** null: it is deleted there. */
  value: Buffer | null;
  /** It is longer than what was read. */
  isCut: boolean;
  /** It was written again since the plan was made. */
  isNewer: boolean;
}

/**
 * The values of a conflict on two islands, each from the first of its members that answers here; of a hash, a set or a sorted set the beginning of
 * what was changed of it, as the plan has it.
 * @throws OperatorError if one cannot be had: none of an island's members answers, or it is not a string.
 */
export async function conflictValues(
  executor: AdminClient,
  plan: PlanReply,
  conflict: ConflictView,
  islands: readonly [number, number],
): Promise<[IslandValue, IslandValue]> {
  const { members } = await executor.call('STATUS', {});
  const read = (island: number): Promise<IslandValue> => {
    const names = plan.islands[island]?.members ?? [];
    const addresses = members.filter(({ name }) => names.includes(name)).map(({ address }) => address);
    return islandValue(executor, addresses, names, conflict, island);
  };
  return Promise.all([read(islands[0]), read(islands[1])]);
}

// ---

async function islandValue(
  by: AdminClient,
  addresses: readonly string[],
  names: readonly string[],
  conflict: ConflictView,
  island: number,
): Promise<IslandValue> {
  const version = conflict.versions[island];
  if (version == null) throw new OperatorError('refused', `island ${island + 1} has not changed this key`);
  if (version.evicted === true) throw new OperatorError('refused', `island ${island + 1} has evicted this value`);
  if (version.tombstone) return { island, value: null, isCut: false, isNewer: false };
  const parts = changedParts(version);
  if (parts !== null) {
    const value = Buffer.from(parts);
    return { island, value, isCut: value.length < version.valueBytes, isNewer: false };
  }
  if (version.type !== undefined)
    throw new OperatorError('refused', `values of type ${version.type} are not compared here`);
  let failure: unknown = null;
  for (const address of addresses) {
    try {
      return await readFrom(by, address, conflict, version, island);
    } catch (error) {
      failure = error;
    }
  }
  const message = `the value of island ${island + 1} cannot be read: none of ${names.join(', ')} answers here`;
  throw new OperatorError('not-reachable', message, null, { cause: failure });
}

async function readFrom(
  by: AdminClient,
  address: string,
  conflict: ConflictView,
  version: EntryFacts,
  island: number,
): Promise<IslandValue> {
  const request = { ...nameOf(conflict), valueBytes: ENTRY_VALUE_BYTES_MAX };
  const asked = { connect: () => by.reach(address) };
  const { entry, valueBase64 } = await withClient(asked, (client) => client.call('ENTRY', request));
  // It was deleted since, or has become something that is no string.
  const value = Buffer.from(valueBase64 ?? '', 'base64');
  const isNewer = entry === null || !isSameWrite(entry, version);
  return { island, value, isCut: (entry?.valueBytes ?? 0) > value.length, isNewer };
}
