import type { KeyName } from '../../admin/protocol/api.js';
import { bucketOf } from '../../core/model/bytes.js';
import { fullKey } from '../../core/model/entry.js';
import { openIncidents } from '../cluster/status.js';
import { type Answer, type Members, type SilentMember, withMembers } from '../common/survey.js';
import { type BucketByReplica, compareBucket, type Difference, type Uncovered } from './bucket-differences.js';
import { countingDigests } from './bucket-digest.js';
import { covers, differingBuckets, entryIdOf, type ReadBucket, readBuckets } from './bucket-read.js';
import { digestOf } from './list.js';

export interface VerifyOptions {
  /** Compare values too, which versions stand for otherwise: reads all entries, and finds damage. */
  values?: boolean;
  /** How often to look again at what is in flight, and how long to pause before. */
  rounds?: number;
  pauseMs?: number;
  onRound?: (round: number, buckets: number) => void;
}

export interface Verification {
  /** partition: what some lack cannot reach them, since they do not hear those who have it. incomplete: not all were compared. */
  state: 'same' | 'in-flight' | 'different' | 'split-brain' | 'partition' | 'incomplete';
  /** false means exit code 3. */
  healthy: boolean;
  replicas: { name: string; replica: string; address: string; entries: number; digest: string }[];
  unreachable: SilentMember[];
  rounds: number;
  /** Numbers of the buckets that hold differences. */
  differingBuckets: number[];
  differences: Difference[];
  /** Entries that a replica lacks and does not claim to have: they were on their way until the last round. */
  /** Entries are keys here, as in all counts, however many of their parts are lacking. */
  inFlight: { holder: string; lacker: string; entries: number }[];
  /** Entries that only one island has: a split-brain holds them apart, or a partition. */
  onlyInIsland: { island: string[]; entries: number }[];
}

/**
 * Whether all replicas hold the same data: exact, not by sampling. Digests find the buckets that differ; the entries of those
 * are compared at their vectors, so that writes under way are told from real differences. A difference counts only if two
 * rounds in a row show it, since the buckets of two replicas are not read at one moment.
 */
export async function replicaVerify(address: string, options: VerifyOptions = {}): Promise<Verification> {
  const { values = false, rounds = 5, pauseMs = 250, onRound } = options;
  return withMembers(address, async (members) => {
    const islands = islandsOf(members);
    let previous: Round | null = null;
    let round = await compareAll(members, values);
    let done = 1;
    for (; done < rounds && !isSettled(round, previous, islands); done++) {
      onRound?.(done, round.buckets.length);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      previous = round;
      round = await compareAll(members, values);
    }
    const lasting = lastingDifferences(round.differences, previous?.differences ?? []);
    return conclude(round, lasting, done, islands, members);
  });
}

/** Those of the open split-brain, else those that do not hear each other now; none where all do. */
function islandsOf({ status, reached }: Members): string[][] {
  const [incident] = openIncidents([status]);
  if (incident !== undefined) return incident.islands.map((island) => island.members);
  const islands = new Map(reached.map(({ island }) => [[...island].sort().join('\n'), island]));
  return islands.size > 1 ? [...islands.values()].map((island) => [...island]) : [];
}

interface Round {
  replicas: Verification['replicas'];
  buckets: number[];
  differences: Difference[];
  uncovered: Uncovered[];
}

async function compareAll(members: Members, values: boolean): Promise<Round> {
  const replies = await members.ask((client) => client.call('DIGESTS', { values }));
  const buckets = differingBuckets(replies.map(({ answer }) => answer.digests));
  const read = await members.ask((client) => readBuckets(client, buckets));
  const digests = replies.filter(({ member }) => read.some((one) => one.member === member));
  const byBucket = buckets.map((bucket) => [bucket, byReplica(read, bucket)] as const);
  const comparisons = byBucket.map(([bucket, replicas]) => compareBucket(bucket, replicas));
  const { differences, ended } = await withoutEnded(
    members,
    comparisons.flatMap((comparison) => comparison.differences),
  );
  const counting = byBucket.map(([bucket, replicas]) => [bucket, countingDigests(replicas)] as const);
  return {
    replicas: digests.map(({ member, answer }) => ({
      name: answer.name,
      replica: member.replica,
      address: member.address,
      entries: answer.entries,
      digest: digestOf(withCounting(answer.digests, counting, member.name)),
    })),
    buckets,
    differences,
    uncovered: [...comparisons.flatMap((comparison) => comparison.uncovered), ...ended],
  };
}

/**
 * Who has deleted a key or written it as a whole has ended its parts, and keeps none of them: where the other has yet to hear of that, they
 * are not missing. The whole lies in a bucket of its own, which is equal as far as digests tell.
 */
async function withoutEnded(
  members: Members,
  found: readonly Difference[],
): Promise<{ differences: Difference[]; ended: Uncovered[] }> {
  const parts = found.filter(({ kind, part }) => kind === 'missing' && part !== undefined);
  const suspects = new Set(parts);
  if (parts.length === 0) return { differences: [...found], ended: [] };
  const read = await members.ask((client) => readBuckets(client, [...new Set(parts.map(wholeBucketOf))]));
  const wholes = new Map(read.map(({ member, answer }) => [member.name, answer]));
  const ended = new Map<string, Uncovered>();
  const differences = found.filter((difference) => {
    const { holder, lacker, database, keyBase64 } = difference;
    if (!suspects.has(difference)) return true;
    const [ofHolder, ofLacker] = [holder, lacker].map((name) => wholes.get(name)?.get(wholeBucketOf(difference)));
    const id = entryIdOf({ database, keyBase64 });
    const whole = ofLacker?.entries.get(id);
    if (whole === undefined || ofHolder === undefined || covers(ofHolder.vector, whole)) return true;
    const lack = { holder: lacker, lacker: holder, id, keyId: id, hlc: whole.hlc };
    ended.set(uncoveredId(lack), lack);
    return false;
  });
  return { differences, ended: [...ended.values()] };
}

function wholeBucketOf({ database, keyBase64 }: KeyName): number {
  return bucketOf(fullKey(database, Buffer.from(keyBase64, 'base64')));
}

/** Digests that are equal where what counts is equal: buckets that were read are summed up from what was read of them. */
function withCounting(
  digests: readonly number[],
  counting: readonly (readonly [bucket: number, sums: ReadonlyMap<string, number>])[],
  name: string,
): number[] {
  const shown = [...digests];
  for (const [bucket, sums] of counting) shown[bucket] = sums.get(name) ?? shown[bucket]!;
  return shown;
}

function byReplica(read: readonly Answer<Map<number, ReadBucket>>[], bucket: number): BucketByReplica {
  const found = new Map<string, ReadBucket>();
  for (const { member, answer } of read) {
    const ofMember = answer.get(bucket);
    if (ofMember !== undefined) found.set(member.name, ofMember);
  }
  return found;
}

/**
 * Nothing more to wait for: no difference left to confirm, and nothing in flight that was so in the round before. While clients
 * write there is always something in flight; what counts is that each write arrives.
 */
function isSettled(round: Round, previous: Round | null, islands: string[][]): boolean {
  if (round.buckets.length === 0) return true;
  const flying = round.uncovered.filter((entry) => !areApart(entry, islands));
  const flew = previous === null ? null : new Set(previous.uncovered.map(uncoveredId));
  const late = flying.filter((entry) => flew === null || flew.has(uncoveredId(entry)));
  const known = previous?.differences ?? [];
  const unconfirmed = round.differences.length - lastingDifferences(round.differences, known).length;
  return late.length === 0 && unconfirmed === 0;
}

function uncoveredId({ holder, lacker, id, hlc }: Uncovered): string {
  return [holder, lacker, id, hlc].join('/');
}

function lastingDifferences(now: readonly Difference[], before: readonly Difference[]): Difference[] {
  const seen = new Set(before.map(differenceId));
  return now.filter((difference) => seen.has(differenceId(difference)));
}

function differenceId({ kind, holder, lacker, hlc, ...name }: Difference): string {
  return [entryIdOf(name), kind, holder, lacker, hlc].join('/');
}

function conclude(
  round: Round,
  differences: Difference[],
  rounds: number,
  islands: string[][],
  { unreachable, status }: Members,
): Verification {
  const flying = round.uncovered.filter((entry) => !areApart(entry, islands));
  const state = stateOf({
    different: differences.length > 0,
    splitBrain: openIncidents([status]).length > 0,
    incomplete: unreachable.length > 0,
    partition: flying.length < round.uncovered.length,
    flying: flying.length > 0,
  });
  return {
    state,
    healthy: state === 'same' || state === 'in-flight',
    replicas: round.replicas,
    unreachable,
    rounds,
    differingBuckets: [...new Set(differences.map((difference) => difference.bucket))].sort((a, b) => a - b),
    differences,
    inFlight: countPairs(flying),
    onlyInIsland: countIslands(round.uncovered, islands),
  };
}

interface Found {
  different: boolean;
  splitBrain: boolean;
  incomplete: boolean;
  partition: boolean;
  flying: boolean;
}

/** The worst first. */
function stateOf({ different, splitBrain, incomplete, partition, flying }: Found): Verification['state'] {
  if (different) return 'different';
  if (splitBrain) return 'split-brain';
  if (incomplete) return 'incomplete';
  if (partition) return 'partition';
  return flying ? 'in-flight' : 'same';
}

function areApart({ holder, lacker }: Uncovered, islands: string[][]): boolean {
  const of = (name: string) => islands.findIndex((island) => island.includes(name));
  return of(holder) !== of(lacker);
}

function countPairs(uncovered: readonly Uncovered[]): Verification['inFlight'] {
  const pairs = new Map<string, { holder: string; lacker: string; keys: Set<string> }>();
  for (const { holder, lacker, keyId } of uncovered) {
    const pair = pairs.get(`${holder}\n${lacker}`) ?? { holder, lacker, keys: new Set() };
    pair.keys.add(keyId);
    pairs.set(`${holder}\n${lacker}`, pair);
  }
  return [...pairs.values()].map(({ keys, ...pair }) => ({ ...pair, entries: keys.size }));
}

function countIslands(uncovered: readonly Uncovered[], islands: string[][]): Verification['onlyInIsland'] {
  return islands.map((island) => {
    const apart = uncovered.filter((entry) => island.includes(entry.holder) && areApart(entry, islands));
    return { island, entries: new Set(apart.map(({ keyId }) => keyId)).size };
  });
}
