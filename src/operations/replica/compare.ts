import { type AdminClient, withClient } from '../../admin/client/client.js';
import type { EntryFacts, KeyName, MemberView } from '../../admin/protocol/api.js';
import { isSameVersion } from '../../core/model/version.js';
import type { Named } from '../common/named.js';
import { connectChecked, findMember, notAnswering } from '../common/survey.js';
import { differingBuckets, isGarbage, type ReadBucket, readBuckets, stands } from './bucket-read.js';

export interface ComparedKey extends KeyName {
  kind: 'only-in-first' | 'only-in-second' | 'newer-in-first' | 'newer-in-second' | 'other-value';
  first: EntryFacts | null;
  second: EntryFacts | null;
}

export interface ReplicaComparison {
  first: string;
  second: string;
  members: readonly [Named, Named];
  same: boolean;
  /** Differing keys in all, by kind; `keys` holds the first of them. */
  counts: Record<ComparedKey['kind'], number>;
  keys: ComparedKey[];
  truncated: boolean;
}

export interface CompareOptions {
  prefix?: Buffer;
  limit: number;
}

/** Which keys two replicas hold differently at this moment, writes under way included. */
export async function replicaCompare(
  address: string,
  wanted: readonly [string, string],
  options: CompareOptions,
): Promise<ReplicaComparison> {
  const [first, second] = await withClient(address, async (asked) => {
    const { members } = await asked.call('STATUS', {});
    return [findMember(members, wanted[0]), findMember(members, wanted[1])] as const;
  });
  const clients = await bothOf([first, second]);
  try {
    const [a, b] = clients;
    const digests = await Promise.all([a.call('DIGESTS', {}), b.call('DIGESTS', {})]);
    const buckets = differingBuckets(digests.map((reply) => reply.digests));
    const [ofA, ofB] = await Promise.all([readBuckets(a, buckets), readBuckets(b, buckets)]);
    const keys = buckets.flatMap((bucket) => compareKeys(ofA.get(bucket), ofB.get(bucket)));
    return summarize([first, second], keys, options);
  } finally {
    for (const client of clients) client.close();
  }
}

/** Connections to both, or to none. */
async function bothOf(members: readonly [MemberView, MemberView]): Promise<[AdminClient, AdminClient]> {
  const [a, b] = await Promise.allSettled([connectChecked(members[0]), connectChecked(members[1])]);
  if (a.status === 'fulfilled' && b.status === 'fulfilled') return [a.value, b.value];
  for (const one of [a, b]) if (one.status === 'fulfilled') one.value.close();
  const [member, failed] = a.status === 'rejected' ? [members[0], a] : [members[1], b];
  throw notAnswering(member, (failed as PromiseRejectedResult).reason);
}

/** The keys of one bucket that differ, deletes and expired entries counting as no value. Pure. */
function compareKeys(first: ReadBucket | undefined, second: ReadBucket | undefined): ComparedKey[] {
  if (first === undefined || second === undefined) return [];
  const nowMs = Math.max(first.nowMs, second.nowMs);
  const ids = new Set([...first.entries.keys(), ...second.entries.keys()]);
  const differing: ComparedKey[] = [];
  for (const id of ids) {
    const compared = compareKey(first.entries.get(id) ?? null, second.entries.get(id) ?? null, nowMs);
    if (compared !== null) differing.push(compared);
  }
  return differing;
}

function compareKey(first: EntryFacts | null, second: EntryFacts | null, nowMs: number): ComparedKey | null {
  const { database, keyBase64, part } = (first ?? second)!;
  const kind = kindOf(first, second, nowMs);
  return kind === null ? null : { database, keyBase64, ...(part === undefined ? {} : { part }), kind, first, second };
}

function kindOf(first: EntryFacts | null, second: EntryFacts | null, nowMs: number): ComparedKey['kind'] | null {
  const noFirst = first === null || isGarbage(first, nowMs) || first.evicted === true;
  const noSecond = second === null || isGarbage(second, nowMs) || second.evicted === true;
  if (noFirst && noSecond) return null;
  if (first === null) return 'only-in-second';
  if (second === null) return 'only-in-first';
  if (!isSameVersion(first, second)) {
    return stands(first, second) ? 'newer-in-first' : 'newer-in-second';
  }
  // One of them evicted the value, and otherwise they hold the same.
  if (noFirst || noSecond) return null;
  return first.valueHash === second.valueHash && first.expiryMs === second.expiryMs ? null : 'other-value';
}

function summarize(members: readonly [Named, Named], found: ComparedKey[], options: CompareOptions): ReplicaComparison {
  const keys = found
    .filter((key) => options.prefix === undefined || hasPrefix(key.keyBase64, options.prefix))
    .sort((a, b) => Buffer.compare(Buffer.from(a.keyBase64, 'base64'), Buffer.from(b.keyBase64, 'base64')));
  const counts: ReplicaComparison['counts'] = {
    'only-in-first': 0,
    'only-in-second': 0,
    'newer-in-first': 0,
    'newer-in-second': 0,
    'other-value': 0,
  };
  for (const key of keys) counts[key.kind]++;
  const { limit } = options;
  const [{ name: first }, { name: second }] = members;
  const shown = { keys: keys.slice(0, limit), truncated: keys.length > limit };
  return { first, second, members, same: keys.length === 0, counts, ...shown };
}

function hasPrefix(keyBase64: string, prefix: Buffer): boolean {
  return Buffer.from(keyBase64, 'base64').subarray(0, prefix.length).equals(prefix);
}
