import type { EntryFacts, EntryReply, IncidentView, SetAsideFacts } from '../../admin/protocol/api.js';
import { isAfter, isSameVersion } from '../../core/model/version.js';
import { openIncidents } from '../cluster/status.js';
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
}

export interface EntryInspection {
  database: number;
  key: string | null;
  keyBase64: string;
  /** incomplete: all that answer hold the same, and others do not answer. */
  state: 'unknown' | 'in-sync' | 'incomplete' | 'on-its-way' | 'split-brain' | 'different';
  /** Which version stands and why, as a sentence. */
  verdict: string;
  next: string | null;
  versions: InspectedVersion[];
  unreachable: SilentMember[];
  members: readonly Named[];
  /** What resolutions overrode, newest incident first. */
  setAside: SetAsideFacts[];
  /** The incidents of those, in the same order; one that is no longer known is left out. */
  incidents: IncidentView[];
}

/** Every replica's version of a key, which one stands, and why. */
export async function entryInspect(address: string, database: number, key: Buffer): Promise<EntryInspection> {
  return withMembers(address, async (members) => {
    const request = { database, keyBase64: key.toString('base64') };
    const replies = (await members.ask((client) => client.call('ENTRY', request))).map(({ answer }) => answer);
    const incident = openIncidents([members.status])[0];
    const silent = members.unreachable.map(({ name }) => name);
    const judged = judgeEntry(replies, incident, members.status.nowMs, silent);
    const incidents = judged.setAside.length === 0 ? [] : await incidentsOf(members, judged.setAside);
    return {
      ...request,
      key: textOf(key),
      ...judged,
      unreachable: members.unreachable,
      members: members.all,
      incidents,
    };
  });
}

/** From the first of them, in order, that answers: all members have the history. */
async function incidentsOf(members: Members, setAside: readonly SetAsideFacts[]): Promise<IncidentView[]> {
  const known = new Set(setAside.map(({ incident }) => incident));
  const [first] = await members.ask((client) => client.call('INCIDENTS', {}));
  return first?.answer.incidents.filter(({ id }) => known.has(id)) ?? [];
}

type Verdict = Pick<EntryInspection, 'state' | 'verdict' | 'next'>;
type Judged = Omit<EntryInspection, 'database' | 'key' | 'keyBase64' | 'unreachable' | 'members' | 'incidents'>;

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
  const versions = replies.map(({ name, entry, live }) => ({
    node: name,
    entry,
    live,
    stands: top !== null && entry !== null && isSameVersion(entry, top),
    island: islandOf(name),
  }));
  const found = verdictOn(replies, top, versions, nowMs);
  return { ...(silent.length === 0 ? found : withSilent(found, silent)), versions, setAside: setAsideOf(replies) };
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
  const others = versions.filter(
    (version) => !version.stands && !(version.entry === null && (isGarbage(top, nowMs) || isEnded(top, versions))),
  );
  if (others.length === 0) {
    const gone = isGarbage(top, nowMs) ? ' It is a delete or has expired: readers find nothing.' : evictedAt(versions);
    return { state: 'in-sync', verdict: `In sync: all ${versions.length} hold this version.${gone}`, next: null };
  }
  const holders = new Set(versions.filter((version) => version.stands).map((version) => version.island));
  if (others.some(({ island }) => island !== null && !holders.has(island))) {
    const verdict =
      'SPLIT-BRAIN: each island serves its own version until it is resolved; a merge by LWW keeps the marked one.';
    return { state: 'split-brain', verdict, next: 'mneme split-brain plan' };
  }
  const names = others.map((version) => version.node).join(', ');
  const claims = replies.filter((reply) =>
    others.some((other) => other.node === reply.name && covers(toVector(reply.vector), top)),
  );
  if (claims.length === 0) {
    return {
      state: 'on-its-way',
      verdict: `The marked version is on its way to ${names}.`,
      next: 'mneme cluster status',
    };
  }
  const verdict = `DIFFERENT: ${names} should hold the marked version, going by the vectors, and does not.`;
  return { state: 'different', verdict, next: 'mneme replica verify' };
}

/** Of an evicted entry that no replica has the value of, the stubs leave one after the other. */
function isEnded(top: EntryFacts, versions: readonly InspectedVersion[]): boolean {
  return versions.every(({ entry }) => entry === null || !isSameVersion(entry, top) || entry.evicted === true);
}

function evictedAt(versions: readonly InspectedVersion[]): string {
  const names = versions.filter(({ entry }) => entry?.evicted === true).map(({ node }) => node);
  return names.length === 0 ? '' : ` Evicted on ${names.join(', ')}: readers there find nothing.`;
}

function greatest(replies: readonly EntryReply[]): EntryFacts | null {
  let top: EntryFacts | null = null;
  for (const { entry } of replies) if (entry !== null && (top === null || isAfter(entry, top))) top = entry;
  return top;
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
