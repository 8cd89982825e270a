import type { EngineView, IncidentView, StatusReply } from '../../admin/protocol/api.js';
import { advice } from '../../hints/advice.js';
import { humanDuration, localTime } from '../common/durations.js';
import type { Survey } from '../common/survey.js';
import type { LinkSight } from './status.js';

export type ClusterState =
  | 'split-brain'
  | 'partition'
  | 'node-down'
  | 'no-answer'
  | 'problem'
  | 'clock-skew'
  | 'no-quorum'
  | 'redis-lost-data'
  | 'redis-unreachable'
  | 'redis-keys-wait'
  | 'catching-up'
  | 'in-sync';

export interface Finding {
  state: ClusterState;
  healthy: boolean;
  headline: string;
  next: string | null;
}

/**
 * What to tell an operator first, worst first: a split-brain, a partition (members that we reach do not reach each other),
 * a silence that may be a partition or a dead node, clocks too far apart, writes refused, catching up, in sync.
 */
export function judge(survey: Survey, incidents: readonly IncidentView[], sights: readonly LinkSight[]): Finding {
  return (
    splitBrain(survey, incidents, sights) ??
    unheard(survey, sights) ??
    problemOf(survey) ??
    skewedClocks(sights) ??
    withoutQuorum(survey) ??
    redisTrouble(survey) ??
    catchingUp(survey, sights) ??
    inSync(survey)
  );
}

function splitBrain(
  survey: Survey,
  incidents: readonly IncidentView[],
  sights: readonly LinkSight[],
): Finding | undefined {
  const incident = incidents[0];
  const held = sights.find((sight) => sight.state === 'held');
  if (incident === undefined) {
    if (held === undefined) return undefined;
    const headline = `SPLIT-BRAIN: ${held.from} is held apart from ${held.to}${refusals(survey)}`;
    return { state: 'split-brain', healthy: false, headline, next: 'mneme replica verify' };
  }
  const age = humanDuration(Math.max(0, survey.asked.nowMs - incident.separatedMs));
  const busy = incident.state === 'resolving' ? `, being resolved by ${incident.strategy}` : '';
  const since = `${localTime(incident.separatedMs)} (${age})`;
  const islands = islandsText(survey, incident);
  const headline = `SPLIT-BRAIN since ${since}: ${islands}${busy}${silence(survey)}${refusals(survey)}`;
  return { state: 'split-brain', healthy: false, headline, next: nextOfSplit(survey, sights, busy !== '') };
}

/** A plan is made by a node that reaches another island; without one, what is cut off comes first. */
function nextOfSplit(survey: Survey, sights: readonly LinkSight[], isBusy: boolean): string | null {
  if (isBusy) return 'mneme split-brain status';
  const { asked, answers } = survey;
  const reaching = sights.filter((sight) => sight.state === 'held').map((sight) => sight.from);
  if (reaching.includes(asked.self.name)) return 'mneme split-brain plan';
  const other = answers.find(({ self }) => reaching.includes(self.name));
  if (other !== undefined) return `mneme split-brain plan --node ${other.self.address}`;
  return unheard(survey, sights)?.next ?? 'mneme cluster status --watch';
}

/** The islands of now: those of the incident, in its order, and in pieces where members do not hear each other any more. */
function islandsText({ answers, silent }: Survey, incident: IncidentView): string {
  const gone = new Set(silent.map(({ name }) => name));
  const now = islandsNow(answers);
  const pieces = incident.islands.flatMap(({ members }) => {
    const left = members.filter((name) => !gone.has(name));
    if (left.length === 0) return [members];
    const groups = new Map<number, string[]>();
    for (const name of left) {
      const island = now.findIndex((one) => one.includes(name));
      groups.set(island, [...(groups.get(island) ?? []), name]);
    }
    return [...groups.values()];
  });
  return pieces.map((members) => members.join(' ')).join(' | ');
}

/** The sets of members that hear each other, as those who answer say. */
export function islandsNow(answers: readonly StatusReply[]): string[][] {
  const islands = new Map<string, string[]>();
  for (const { island } of answers) islands.set([...island].sort().join('\n'), island);
  return [...islands.values()];
}

/** Who does not answer, for a headline that is about others. */
function silence({ silent }: Survey): string {
  return silent.length === 0 ? '' : `; no answer from ${list(silent.map(({ name }) => name))}`;
}

/** Who refuses writes, since it sees no majority. */
function refusals({ asked, answers }: Survey): string {
  if (asked.self.state === 'no-quorum') return '; writes are refused here';
  const refusing = answers.filter(({ self }) => self.state === 'no-quorum').map(({ self }) => self.name);
  return refusing.length === 0 ? '' : `; writes are refused at ${list(refusing)}`;
}

function unheard(survey: Survey, sights: readonly LinkSight[]): Finding | undefined {
  const { silent } = survey;
  const isSilent = (name: string) => silent.some((member) => member.name === name);
  const down = sights.filter((sight) => sight.state === 'down');
  const apart = longest(down.filter((sight) => !isSilent(sight.to)));
  if (apart !== undefined) return partition(survey, apart);
  if (silent.length === 0) return undefined;
  const gone = silent.flatMap(({ name }) => longest(down.filter((sight) => sight.to === name)) ?? []);
  if (gone.length === 0) return unansweredBy(silent.map((member) => member.name));
  return nodesDown(survey, gone);
}

/** Members that we reach do not reach each other. */
function partition(survey: Survey, { from, to, sinceMs, drillCut }: LinkSight): Finding {
  const cause = drillCut ? ' (a drill is on)' : '';
  const islands = islandsNow(survey.answers)
    .map((names) => [...names].sort().join(' '))
    .sort();
  // Between islands that is what a partition is.
  const sight = `; ${from} sees ${to} down for ${humanDuration(sinceMs)}, though both answer here`;
  const parts =
    islands.length > 1 ? ` for ${humanDuration(sinceMs)}: ${islands.join(' | ')}` : `: ${islands.join()}${sight}`;
  const headline = `PARTITION${cause}${parts}${silence(survey)}${refusals(survey)}`;
  const next = drillCut
    ? 'mneme drill status'
    : advice(
        `mneme replica inspect ${from}`,
        `Check the network ${islands.length > 1 ? `between ${islands.join(' | ')}` : `from ${from} to ${to}`}.`,
      );
  return { state: 'partition', healthy: false, headline, next };
}

/** Silent to the other members, and to us: dead, or on the other side. */
function nodesDown(survey: Survey, gone: readonly LinkSight[]): Finding {
  const names = gone.map(({ to }) => to);
  const ages = list(gone.map(({ to, sinceMs }) => `${to} (${humanDuration(sinceMs)})`));
  const others = survey.silent.map(({ name }) => name).filter((name) => !names.includes(name));
  const more = others.length === 0 ? '' : `; nor from ${list(others)}`;
  const headline = `PARTITION or down: nobody hears ${ages}, and no answer here${more}${refusals(survey)}`;
  const where = names.length === 1 ? ' on its machine' : ', each on its machine';
  const forced = survey.asked.self.state === 'no-quorum' ? ' --force' : '';
  const mute = survey.silent.filter((one) => names.includes(one.name) && isMute(one)).map(({ name }) => name);
  const hangs =
    mute.length === 0
      ? ''
      : `${list(mute)} ${mute.length === 1 ? 'refuses' : 'refuse'} nothing and ${mute.length === 1 ? 'says' : 'say'} nothing: look first whether the process hangs, or the way there. `;
  const which = names.length === 1 ? '' : `, one after the other (${list(names)})`;
  const note = `${hangs}Start ${list(names)} with mneme cluster start${where}. Gone for good${which}: mneme cluster forget ${names[0]}${forced}`;
  return { state: 'node-down', healthy: false, headline, next: advice('mneme cluster status --watch', note) };
}

/** As a process that is frozen, or one that there is no way to. */
function isMute({ problem }: Survey['silent'][0]): boolean {
  return problem.includes('no answer within');
}

function unansweredBy(names: string[]): Finding {
  const headline = `No answer from ${list(names)}, though no other member counts ${names.length === 1 ? 'it' : 'them'} as down yet`;
  return { state: 'no-answer', healthy: false, headline, next: 'mneme cluster status --watch' };
}

/** Names, as in "a, b and c". */
export function list(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** What a member says is wrong at itself. The rest are listed below the table. */
function problemOf({ answers }: Survey): Finding | undefined {
  for (const { self, problems = [] } of answers) {
    const [first] = problems;
    if (first === undefined) continue;
    const others = answers
      .filter((one) => one.problems?.some(({ text }) => text === first.text))
      .map((one) => one.self);
    const names = [
      self.name,
      ...others
        .map(({ name }) => name)
        .filter((name) => name !== self.name)
        .sort(),
    ];
    const headline = `PROBLEM at ${list(names)}: ${first.text}`;
    return { state: 'problem', healthy: false, headline, next: first.next };
  }
  return undefined;
}

function skewedClocks(sights: readonly LinkSight[]): Finding | undefined {
  const skewed = sights.find((sight) => sight.state === 'clock-skew');
  if (skewed === undefined) return undefined;
  const headline = `CLOCK SKEW: ${skewed.from} does not replicate with ${skewed.to}, their clocks are too far apart`;
  return { state: 'clock-skew', healthy: false, headline, next: advice('timedatectl', 'On both machines.') };
}

function withoutQuorum({ answers }: Survey): Finding | undefined {
  const refusing = answers.filter((reply) => reply.self.state === 'no-quorum').map((reply) => reply.self.name);
  if (refusing.length === 0) return undefined;
  const headline = `NO QUORUM: writes are refused at ${list(refusing)}, since no majority of the members is in sight`;
  return { state: 'no-quorum', healthy: false, headline, next: 'mneme cluster settings partition-mode' };
}

/** A Redis beside a node that lost data, or that the node cannot work with. */
function redisTrouble({ answers }: Survey): Finding | undefined {
  const engines = answers.flatMap(({ self }) => (self.engine ? [{ self, engine: self.engine }] : []));
  const held = engines.find(({ engine }) => engine.state === 'held');
  if (held !== undefined) {
    const { missing, different, added, of } = held.engine.held;
    const claim = missing === 0 ? 'MAY HAVE LOST DATA' : 'LOST DATA';
    const headline = `REDIS ${claim} at ${held.self.name}${lossPlaces(held.engine.held)}: ${missing} of ${of} keys missing, ${different} different${added === 0 ? '' : `, ${added} only there`}; nothing of it is replicated`;
    return {
      state: 'redis-lost-data',
      healthy: false,
      headline,
      next: `mneme engine status --node ${held.self.address}`,
    };
  }
  const broken = engines.find(({ engine }) => engine.problem !== null);
  if (broken === undefined) return waitingKeys(engines);
  const headline = `REDIS of ${broken.self.name} (${broken.engine.redis}): ${broken.engine.problem}`;
  return {
    state: 'redis-unreachable',
    healthy: false,
    headline,
    next: `mneme engine status --node ${broken.self.address}`,
  };
}

function waitingKeys(engines: readonly { self: StatusReply['self']; engine: EngineView }[]): Finding | undefined {
  for (const { self, engine } of engines) {
    const [first] = engine.obstacles;
    if (first === undefined) continue;
    const headline = `REDIS of ${self.name} (${engine.redis}): ${first.text}`;
    const isHere = first.next === 'mneme engine status';
    const next = isHere ? `${first.next} --node ${self.address}` : first.next;
    return { state: 'redis-keys-wait', healthy: false, headline, next };
  }
  return undefined;
}

/** The masters of a Redis Cluster that lost data, with what each of them lost. */
export function lossPlaces({ shares }: EngineView['held']): string {
  const places = shares.map(
    ({ server, missing, different }) => `${server} (${missing} missing, ${different} different)`,
  );
  return places.length === 0 ? '' : `, its masters ${places.join(', ')}`;
}

function catchingUp({ answers }: Survey, sights: readonly LinkSight[]): Finding | undefined {
  const isComparing = ({ engine }: StatusReply['self']): boolean =>
    engine != null && engine.state !== 'attached' && engine.state !== 'held';
  const starting = answers.filter(
    ({ self }) => self.state === 'loading' || self.state === 'joining' || isComparing(self),
  );
  const behind = sights.filter((sight) => sight.state === 'catching-up');
  const unready = sights.filter((sight) => sight.state === 'joining' || sight.state === 'connecting');
  // A link that is not ready does not tell which end is late, so it counts only where nothing else does.
  const names = [...starting.map((reply) => reply.self.name), ...behind.map((sight) => sight.to)];
  const busy = names.length > 0 ? names : unready.map((sight) => sight.to);
  if (busy.length === 0) return undefined;
  const headline = `Catching up: ${[...new Set(busy)].sort().join(', ')}`;
  return { state: 'catching-up', healthy: true, headline, next: 'mneme cluster status --watch' };
}

function inSync({ answers }: Survey): Finding {
  const count = answers.length;
  const headline = count === 1 ? 'In sync: one member, no replica elsewhere yet' : `In sync: all ${count} members`;
  const next = count === 1 ? joinAdvice(answers[0]!.self.address) : null;
  return { state: 'in-sync', healthy: true, headline, next };
}

/** How a first member gets another one. */
export function joinAdvice(address: string): string {
  const isHereAlone = /^(127\.|localhost:|\[::1\])/.test(address);
  const where = isHereAlone ? 'On this machine. For others, start it with --listen HOST:PORT.' : 'On another machine.';
  return advice(`mneme cluster join ${address}`, where);
}

function longest(sights: LinkSight[]): LinkSight | undefined {
  return [...sights].sort((a, b) => b.sinceMs - a.sinceMs)[0];
}
