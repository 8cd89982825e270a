import type {
  EntryFacts,
  EntryParts,
  EntryReply,
  IncidentView,
  KeyName,
  PartFacts,
  SetAsideFacts,
} from '../../admin/protocol/api.js';
import { idToBytes } from '../../core/model/bytes.js';
import { isAfter, isSameVersion } from '../../core/model/version.js';
import { openIncidents } from '../cluster/status.js';
import { shellKey } from '../common/key-text.js';
import type { Named } from '../common/named.js';
import { type Members, type SilentMember, withMembers } from '../common/survey.js';
import { textOf } from '../common/text-bytes.js';
import { covers, isGarbage, toVector } from '../replica/bucket-read.js';

export interface InspectedVersion {
  node: string;
  entry: EntryFacts | null;
  /** Whether a reader finds a value on this node now. */
  live: boolean;
  /** The version that stands by LWW, of those that were found. */
  stands: boolean;
  /** Number of its island in the open split-brain, from 1. */
  island: number | null;
  /** Of a key with parts: some of them, or all, were evicted there. */
  isEvicted: boolean;
}

/** The parts of a key, as the first of the replicas has them that has what stands. */
export type InspectedParts = EntryParts & {
  node: string;
  /** Of a number the value that was set there, to which the counts add; null: it is none, or the counts are all of it. */
  whole: EntryFacts | null;
};

export interface EntryInspection {
  database: number;
  key: string | null;
  keyBase64: string;
  /** The part that it is about; absent: the whole key. */
  part?: PartFacts;
  /** incomplete: all that answer hold the same, and others do not answer. */
  state: 'unknown' | 'in-sync' | 'incomplete' | 'on-its-way' | 'split-brain' | 'different';
  /** Which version stands and why, as a sentence. */
  verdict: string;
  next: string | null;
  versions: InspectedVersion[];
  /** null: it has none, or it is about a part. */
  parts: InspectedParts | null;
  unreachable: SilentMember[];
  members: readonly Named[];
  /** What resolutions overrode, newest incident first. */
  setAside: SetAsideFacts[];
  /** The incidents of those, in the same order; one that is no longer known is left out. */
  incidents: IncidentView[];
}

/** Every replica's version of a key, or of a part of it, which one stands, and why. */
export async function entryInspect(
  address: string,
  database: number,
  key: Buffer,
  partName?: Buffer,
): Promise<EntryInspection> {
  return withMembers(address, async (members) => {
    const request = { database, keyBase64: key.toString('base64') };
    const ask = async (name: KeyName): Promise<EntryReply[]> =>
      (await members.ask((client) => client.call('ENTRY', name))).map(({ answer }) => answer);
    const wholes = await ask(request);
    const [part, replies] =
      partName === undefined ? [null, wholes] : await partOf(partNames(wholes, partName, members.all), request, ask);
    const incident = openIncidents([members.status])[0];
    const silent = members.unreachable.map(({ name }) => name);
    const found = judgeEntry(replies, incident, members.status.nowMs, silent);
    const judged = part === null ? found : { ...found, ...partVerdict(found, request, wholes) };
    const incidents = judged.setAside.length === 0 ? [] : await incidentsOf(members, judged.setAside);
    return {
      ...request,
      key: textOf(key),
      ...(part === null ? {} : { part }),
      ...judged,
      unreachable: members.unreachable,
      members: members.all,
      incidents,
    };
  });
}

/** Of a key that is there, but has no such part, those that it has can be looked at. */
function partVerdict(
  { state, verdict, next }: Verdict,
  { database, keyBase64 }: KeyName,
  wholes: readonly EntryReply[],
): Pick<Verdict, 'verdict' | 'next'> {
  const where = database === 0 ? '' : ` --db ${database}`;
  const key = shellKey(keyBase64);
  const isThere = wholes.some(({ live }) => live);
  return {
    verdict: verdict.replace('knows this key', 'knows this part of the key'),
    next: state === 'unknown' && isThere ? (next ?? `mneme entry inspect ${key}${where}`) : next,
  };
}

/** The parts that may be meant, by what the key is; a number's is that of a member. */
function partNames(wholes: readonly EntryReply[], name: Buffer, members: readonly Named[]): PartFacts[] {
  const nameBase64 = name.toString('base64');
  const seen = wholes.map(({ parts }) => parts?.seen ?? null).find((facts) => facts !== null);
  const replica = members.find((member) => member.name === name.toString())?.replica;
  if (seen !== undefined && seen?.type === undefined && replica !== undefined)
    return [{ kind: 'count', nameBase64: Buffer.from(idToBytes(replica)).toString('base64'), node: name.toString() }];
  const kinds = (['field', 'member', 'score'] as const).map((kind) => ({ kind, nameBase64 }));
  const kind = KINDS[seen?.type ?? ''];
  return [...kinds.filter((one) => one.kind === kind), ...kinds.filter((one) => one.kind !== kind)];
}

const KINDS: Readonly<Record<string, PartFacts['kind']>> = { hash: 'field', set: 'member', zset: 'score' };

/** The first of these parts that any replica knows. */
async function partOf(
  parts: readonly PartFacts[],
  key: KeyName,
  ask: (name: KeyName) => Promise<EntryReply[]>,
): Promise<[PartFacts, EntryReply[]]> {
  let first: [PartFacts, EntryReply[]] | null = null;
  for (const part of parts) {
    const replies = await ask({ ...key, part });
    if (replies.some(({ entry, setAside }) => entry !== null || setAside.length > 0)) return [part, replies];
    first ??= [part, replies];
  }
  return first!;
}

/** From the first of them, in order, that answers: all members have the history. */
async function incidentsOf(members: Members, setAside: readonly SetAsideFacts[]): Promise<IncidentView[]> {
  const known = new Set(setAside.map(({ incident }) => incident));
  const [first] = await members.ask((client) => client.call('INCIDENTS', {}));
  return first?.answer.incidents.filter(({ id }) => known.has(id)) ?? [];
}

type Verdict = Pick<EntryInspection, 'state' | 'verdict' | 'next'>;
type Judged = Omit<
  EntryInspection,
  'database' | 'key' | 'keyBase64' | 'part' | 'unreachable' | 'members' | 'incidents'
>;

/** The versions of one key against each other. Pure. */
export function judgeEntry(
  replies: readonly EntryReply[],
  incident: IncidentView | undefined,
  nowMs: number,
  silent: readonly string[] = [],
): Judged {
  const top = greatest(replies);
  const islandOf = (name: string) => {
    const index = incident?.islands.findIndex((island) => island.members.includes(name)) ?? -1;
    return index === -1 ? null : index + 1;
  };
  const versions = replies.map((reply) => {
    const entry = shownOf(reply);
    const stands = top !== null && entry !== null && isSame(entry, top);
    const isEvicted = reply.parts?.isEvicted === true;
    return { node: reply.name, entry, live: reply.live, stands, island: islandOf(reply.name), isEvicted };
  });
  const found = verdictOn(replies, top, versions, nowMs);
  const verdict = silent.length === 0 ? found : withSilent(found, silent);
  return { ...verdict, versions, parts: partsOf(replies, versions, nowMs), setAside: setAsideOf(replies) };
}

/** What a replica has of a key: of all of its parts together, where it has any. */
function shownOf({ entry, parts }: EntryReply): EntryFacts | null {
  return parts?.seen ?? entry;
}

/** Of a key with parts the hash is over all of them. */
function isSame(one: EntryFacts, other: EntryFacts): boolean {
  if (!isSameVersion(one, other)) return false;
  return one.evicted === true || other.evicted === true || one.valueHash === other.valueHash;
}

function partsOf(
  replies: readonly EntryReply[],
  versions: readonly InspectedVersion[],
  nowMs: number,
): InspectedParts | null {
  const withParts = replies.filter(({ parts }) => parts !== undefined && parts.newest.length > 0);
  const found = withParts.find(({ name }) => versions.some(({ node, stands }) => stands && node === name));
  const { name, parts, entry = null } = found ?? withParts[0] ?? {};
  if (name === undefined || parts === undefined) return null;
  const isNumber = parts.newest.some(({ part }) => part?.kind === 'count') && parts.seen?.type === undefined;
  return { ...parts, node: name, whole: isNumber && entry !== null && !isGarbage(entry, nowMs) ? entry : null };
}

/** What was not asked is not known to be in sync. */
function withSilent(found: Verdict, silent: readonly string[]): Verdict {
  const verdict = found.verdict
    .replace(/^In sync: all (\d+) hold/, 'All $1 that answer hold')
    .replace(/^No replica knows/, 'No replica that answers knows');
  const { state } = found;
  const next = found.next ?? 'mneme cluster status';
  return {
    state: state === 'in-sync' ? 'incomplete' : state,
    verdict: `${verdict} No answer from ${silent.join(', ')}.`,
    next,
  };
}

function verdictOn(
  replies: readonly EntryReply[],
  top: EntryFacts | null,
  versions: InspectedVersion[],
  nowMs: number,
): Verdict {
  if (top === null) return { state: 'unknown', verdict: 'No replica knows this key.', next: null };
  const hasParts = replies.some(({ parts }) => (parts?.seen ?? null) !== null);
  const others = versions.filter(
    (version) =>
      !version.stands &&
      !version.isEvicted &&
      !(version.entry === null && (isGarbage(top, nowMs) || isEnded(top, versions))),
  );
  if (others.length === 0) {
    const gone = isGarbage(top, nowMs) ? ' It is a delete or has expired: readers find nothing.' : evictedAt(versions);
    const what = top.parts === undefined ? 'this version' : 'the same';
    return { state: 'in-sync', verdict: `In sync: all ${versions.length} hold ${what}.${gone}`, next: null };
  }
  const holders = new Set(versions.filter((version) => version.stands).map((version) => version.island));
  if (others.some(({ island }) => island !== null && !holders.has(island))) {
    const verdict = hasParts
      ? 'SPLIT-BRAIN: each island serves what it has until it is resolved; a merge keeps what each changed, and of one part the last write.'
      : 'SPLIT-BRAIN: each island serves its own version until it is resolved; a merge by LWW keeps the marked one.';
    return { state: 'split-brain', verdict, next: 'mneme split-brain plan' };
  }
  const names = others.map((version) => version.node).join(', ');
  // Of many parts nobody can tell which one is missing where.
  const claims = hasParts
    ? replies.filter(({ vector }) => replies.every((other) => toVector(vector).coversAll(toVector(other.vector))))
    : replies.filter((reply) =>
        others.some((other) => other.node === reply.name && covers(toVector(reply.vector), top)),
      );
  if (claims.length === 0 || (hasParts && claims.length < replies.length)) {
    const what = hasParts ? 'Changes are on their way: not all hold the same' : 'The marked version is on its way to';
    return { state: 'on-its-way', verdict: hasParts ? `${what}.` : `${what} ${names}.`, next: 'mneme cluster status' };
  }
  const verdict = `DIFFERENT: ${names} should hold what is marked, going by the vectors, and does not.`;
  return { state: 'different', verdict, next: 'mneme replica verify' };
}

/** Of an evicted entry that no replica has the value of, the stubs leave one after the other. */
function isEnded(top: EntryFacts, versions: readonly InspectedVersion[]): boolean {
  return versions.every(({ entry }) => entry === null || !isSameVersion(entry, top) || entry.evicted === true);
}

function evictedAt(versions: readonly InspectedVersion[]): string {
  const isGone = ({ entry, isEvicted }: InspectedVersion): boolean =>
    entry?.evicted === true || (entry === null && isEvicted);
  const names = versions.filter(isGone).map(({ node }) => node);
  if (names.length > 0) return ` Evicted on ${names.join(', ')}: readers there find nothing.`;
  const inPart = versions.filter(({ isEvicted }) => isEvicted).map(({ node }) => node);
  return inPart.length === 0 ? '' : ` Evicted on ${inPart.join(', ')}: readers there find what was written since.`;
}

/** Of one version what a replica has that has evicted nothing of it: it has more parts. */
function greatest(replies: readonly EntryReply[]): EntryFacts | null {
  let top: EntryFacts | null = null;
  for (const reply of [...replies].sort((a, b) => evictedFirst(b) - evictedFirst(a))) {
    const entry = shownOf(reply);
    if (entry !== null && (top === null || !isAfter(top, entry))) top = entry;
  }
  return top;
}

function evictedFirst({ parts }: EntryReply): number {
  return parts?.isEvicted === true ? 1 : 0;
}

function setAsideOf(replies: readonly EntryReply[]): SetAsideFacts[] {
  const found = new Map<string, SetAsideFacts>();
  for (const record of replies.flatMap((reply) => reply.setAside))
    found.set(
      `${record.incident}/${record.island}/${record.part?.kind ?? ''}/${record.part?.nameBase64 ?? ''}`,
      record,
    );
  return [...found.values()].sort((a, b) => b.keptUntilMs - a.keptUntilMs);
}
