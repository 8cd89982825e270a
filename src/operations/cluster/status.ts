import type { Asked } from '../../admin/client/client.js';
import type {
  EngineView,
  IncidentView,
  LimitsReply,
  LinkState,
  MemberView,
  MemoryView,
  ProblemView,
  StatusReply,
} from '../../admin/protocol/api.js';
import { readAdvice } from '../../hints/advice.js';
import type { Named } from '../common/named.js';
import { type Survey, surveyCluster } from '../common/survey.js';
import { nodeLimits } from './node-limits.js';
import { type ClusterState, islandsNow, judge } from './verdict.js';
import { commonVersion } from './versions.js';

/** One member, as the asked node sees it, with what the member says of itself where it answers. */
export interface MemberStatus {
  name: string;
  address: string;
  replica: string;
  memoryOnly: boolean;
  /** The asked node's link to it; for the asked node itself its own state. */
  state: LinkState | StatusReply['self']['state'];
  stateSinceMs: number;
  /** Whether this very command got an answer from it. */
  answers: boolean;
  /** Number of its island, from 1; null when unknown. */
  island: number | null;
  entries: number | null;
  /** null: it was never heard since the asked node has started, so nobody knows. */
  lagWrites: number | null;
  clockSkewMs: number | null;
  lastHeardMs: number | null;
  /** 0 to 1 while it receives a snapshot. */
  joinProgress: number | null;
  /** Of mneme, and of its Node.js; null: it does not answer. */
  version: string | null;
  nodeVersion: string | null;
}

/** Who sees whom how. */
export interface LinkSight {
  from: string;
  to: string;
  state: LinkState;
  sinceMs: number;
  drillCut: boolean;
}

export interface ClusterStatus {
  state: ClusterState;
  /** false means exit code 3. */
  healthy: boolean;
  headline: string;
  /** A command to type next. */
  next: string | null;
  /** What is to be said beside it, or in its place. */
  note: string | null;
  clusterId: string;
  asked: string;
  nowMs: number;
  members: MemberStatus[];
  /** All members, where `members` are a part of them. */
  everyone?: readonly Named[];
  /** The islands, numbered as in plans while a split-brain is open. */
  islands: { number: number; members: string[]; writes: number | null }[];
  sights: LinkSight[];
  sightsDiffer: boolean;
  incidents: IncidentView[];
  /** Names of members that answer with a drill on, and whom they are cut from. */
  drills: { node: string; cut: string[] }[];
  /** What the cluster does by itself when a split-brain is found. */
  onHeal: string;
  /** What the entries of members with a limit take in memory, or of such that have evicted entries. */
  memory: (MemoryView & { node: string })[];
  /** The Redis beside each member that has one. */
  engines: (EngineView & { node: string })[];
  /** What is wrong at members that answered, each until it is mended. */
  problems: (ProblemView & { node: string; note: string | null })[];
  notes: { node: string; text: string }[];
  /** The version of mneme that all members run, so that all can use what is new in it; null: they differ, or one does not answer. */
  commonVersion: string | null;
  /** Of the members that answered; null: they were not asked for. */
  limits: LimitsReply[] | null;
}

/** Ask all members and say how the cluster is. */
export async function clusterStatus(node: Asked, onAsked?: (asked: StatusReply) => void): Promise<ClusterStatus> {
  return assessSurvey(await surveyCluster(node, onAsked));
}

/** The same, with what else they say when they are asked for more. */
export async function verboseStatus(address: string): Promise<ClusterStatus> {
  const survey = await surveyCluster(address);
  const { asked, askedAddress } = survey;
  const placeOf = ({ self }: StatusReply) => (self.replica === asked.self.replica ? askedAddress : self.address);
  const replies = await Promise.all(survey.answers.map((reply) => nodeLimits(placeOf(reply)).catch(() => null)));
  return { ...assessSurvey(survey), limits: replies.filter((one) => one !== null) };
}

/** What a survey amounts to. Pure. */
export function assessSurvey(survey: Survey): ClusterStatus {
  const { asked, answers } = survey;
  const incidents = openIncidents(answers);
  const islands = islandsOf(answers, incidents[0]);
  const sights = answers.flatMap(sightsOf);
  const finding = judge(survey, incidents, sights);
  const members = allMembers(survey).map((member) => memberStatus(member, survey, islands));
  return {
    ...finding,
    ...apart(finding.next),
    clusterId: asked.clusterId,
    asked: asked.self.name,
    nowMs: asked.nowMs,
    members,
    islands,
    sights,
    sightsDiffer: sightsDiffer(answers),
    incidents,
    drills: drillsOf(sights),
    onHeal: asked.settings['on-heal'],
    memory: answers.flatMap(({ self }) => limitedMemory(self)),
    engines: answers.flatMap(({ self }) => (self.engine ? [{ node: self.name, ...self.engine }] : [])),
    problems: answers.flatMap(({ self, problems = [] }) =>
      problems.map((problem) => ({ node: self.name, ...problem, ...apart(problem.next) })),
    ),
    notes: answers.flatMap((reply) => reply.notes.map((text) => ({ node: reply.self.name, text }))),
    commonVersion: commonVersion(members),
    limits: null,
  };
}

function apart(next: string | null): { next: string | null; note: string | null } {
  const { command, note } = readAdvice(next);
  return { next: command, note };
}

function limitedMemory({ name, memory }: StatusReply['self']): ClusterStatus['memory'] {
  if (memory === undefined || (memory.maxBytes === 0 && memory.evicted === 0)) return [];
  return [{ node: name, ...memory }];
}

/** Members the asked node lists, then those that only others list. */
function allMembers(survey: Survey): MemberView[] {
  const members = new Map(survey.asked.members.map((member) => [member.replica, member]));
  for (const member of survey.answers.flatMap((reply) => reply.members)) {
    if (!members.has(member.replica)) {
      members.set(member.replica, { ...member, link: 'connecting', stateSinceMs: 0, lagWrites: 0, lastHeardMs: null });
    }
  }
  return [...members.values()];
}

function memberStatus(member: MemberView, survey: Survey, islands: ClusterStatus['islands']): MemberStatus {
  const own = survey.answers.find((reply) => reply.self.replica === member.replica);
  const isAsked = member.link === 'self';
  return {
    name: member.name,
    address: member.address,
    replica: member.replica,
    memoryOnly: member.memoryOnly,
    state: isAsked && own !== undefined ? own.self.state : member.link,
    stateSinceMs: isAsked && own !== undefined ? ownAgeMs(own) : member.stateSinceMs,
    answers: own !== undefined,
    island: islands.find((island) => island.members.includes(member.name))?.number ?? null,
    entries: own?.self.entries ?? null,
    lagWrites: isAsked || member.lastHeardMs !== null ? member.lagWrites : null,
    clockSkewMs: member.clockSkewMs,
    lastHeardMs: member.lastHeardMs,
    joinProgress: own?.joining ? own.joining.entries / Math.max(1, own.joining.entriesExpected) : null,
    version: own?.self.version ?? null,
    nodeVersion: own?.self.nodeVersion ?? null,
  };
}

function ownAgeMs({ nowMs, self }: StatusReply): number {
  return self.stateSinceMs ?? Math.max(0, nowMs - self.startedMs);
}

/** Incidents that nobody knows to be resolved, as the freshest answer has each. */
export function openIncidents(answers: readonly StatusReply[]): IncidentView[] {
  const found = new Map<string, IncidentView>();
  const resolved = new Set(answers.flatMap((reply) => reply.resolved ?? []));
  for (const incident of answers.flatMap((reply) => reply.incidents)) {
    const known = found.get(incident.id);
    if (resolved.has(incident.id)) continue;
    if (incident.state !== 'open' && incident.state !== 'resolving') continue;
    if (known === undefined || incident.detectedMs >= known.detectedMs) found.set(incident.id, incident);
  }
  return [...found.values()].sort((a, b) => b.separatedMs - a.separatedMs);
}

function islandsOf(answers: StatusReply[], incident: IncidentView | undefined): ClusterStatus['islands'] {
  if (incident !== undefined) {
    return incident.islands.map(({ members, writes }, index) => ({ number: index + 1, members, writes }));
  }
  return islandsNow(answers).map((members, index) => ({ number: index + 1, members, writes: null }));
}

function sightsOf(reply: StatusReply): LinkSight[] {
  return reply.members
    .filter((member) => member.link !== 'self')
    .map((member) => ({
      from: reply.self.name,
      to: member.name,
      state: member.link,
      sinceMs: member.stateSinceMs,
      drillCut: member.drillCut,
    }));
}

/** Whether two answering members have different opinions of a third, or of who the members are. */
function sightsDiffer(answers: StatusReply[]): boolean {
  const opinions = new Map<string, Set<LinkState>>();
  for (const member of answers.flatMap((reply) => reply.members)) {
    const states = opinions.get(member.replica) ?? new Set();
    if (member.link !== 'self') states.add(member.link);
    opinions.set(member.replica, states);
  }
  const lists = new Set(
    answers.map((reply) =>
      reply.members
        .map((member) => member.replica)
        .sort()
        .join(),
    ),
  );
  return lists.size > 1 || [...opinions.values()].some((states) => states.size > 1);
}

function drillsOf(sights: LinkSight[]): ClusterStatus['drills'] {
  const cuts = new Map<string, string[]>();
  for (const { from, to, drillCut } of sights) if (drillCut) cuts.set(from, [...(cuts.get(from) ?? []), to]);
  return [...cuts].map(([node, cut]) => ({ node, cut }));
}
