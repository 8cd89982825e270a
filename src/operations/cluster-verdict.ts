import type { EngineView, IncidentView, StatusReply } from '../admin/api.js';
import type { LinkSight } from './cluster-status.js';
import { humanDuration, localTime } from './durations.js';
import type { Survey } from './survey.js';

export type ClusterState =
  | 'split-brain'
  | 'partition'
  | 'node-down'
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
  { asked }: Survey,
  incidents: readonly IncidentView[],
  sights: readonly LinkSight[],
): Finding | undefined {
  const incident = incidents[0];
  if (incident === undefined) {
    const held = sights.find((sight) => sight.state === 'held');
    if (held === undefined) return undefined;
    const headline = `SPLIT-BRAIN: ${held.from} is held apart from ${held.to}`;
    return { state: 'split-brain', healthy: false, headline, next: 'mneme split-brain status' };
  }
  const age = humanDuration(Math.max(0, asked.nowMs - incident.separatedMs));
  const islands = incident.islands.map((island) => island.members.join(' ')).join(' | ');
  const busy = incident.state === 'resolving';
  const since = `${localTime(incident.separatedMs)} (${age})`;
  const headline = `SPLIT-BRAIN since ${since}: ${islands}${busy ? `, being resolved by ${incident.strategy}` : ''}`;
  const next = busy ? 'mneme split-brain status' : 'mneme split-brain plan';
  return { state: 'split-brain', healthy: false, headline, next };
}

function unheard({ silent, answers }: Survey, sights: readonly LinkSight[]): Finding | undefined {
  const down = sights.filter((sight) => sight.state === 'down');
  const first = longest(down.filter((sight) => !silent.some((member) => member.name === sight.to))) ?? longest(down);
  if (first === undefined && silent.length === 0) return undefined;
  if (first === undefined) return unansweredBy(silent.map((member) => member.name));
  const { from, to, sinceMs, drillCut } = first;
  const age = humanDuration(sinceMs);
  if (!silent.some((member) => member.name === to)) {
    const cause = drillCut ? ' (a drill is on)' : '';
    const islands = [...new Set(answers.map((reply) => [...reply.island].sort().join(' ')))].join(' | ');
    const headline = `PARTITION${cause}: ${islands}; ${from} sees ${to} down for ${age}, though both answer here`;
    const next = drillCut ? 'mneme drill status' : `mneme replica inspect ${from}, and check the network to ${to}`;
    return { state: 'partition', healthy: false, headline, next };
  }
  const headline = `PARTITION or node down: ${from} sees ${to} down for ${age}, and it does not answer here either`;
  const next = `mneme cluster start on the machine of ${to}; if it is gone for good: mneme cluster forget ${to}`;
  return { state: 'node-down', healthy: false, headline, next };
}

function unansweredBy(names: string[]): Finding {
  const headline = `No answer from ${names.join(', ')} to this command, though no other member counts it as down yet`;
  return { state: 'node-down', healthy: false, headline, next: 'mneme cluster status --watch' };
}

/** What a member says is wrong at itself. The rest are listed below the table. */
function problemOf({ answers }: Survey): Finding | undefined {
  for (const { self, problems = [] } of answers) {
    const [first] = problems;
    if (first === undefined) continue;
    return { state: 'problem', healthy: false, headline: `PROBLEM at ${self.name}: ${first.text}`, next: first.next };
  }
  return undefined;
}

function skewedClocks(sights: readonly LinkSight[]): Finding | undefined {
  const skewed = sights.find((sight) => sight.state === 'clock-skew');
  if (skewed === undefined) return undefined;
  const headline = `CLOCK SKEW: ${skewed.from} does not replicate with ${skewed.to}, their clocks are too far apart`;
  return { state: 'clock-skew', healthy: false, headline, next: 'timedatectl on both machines' };
}

function withoutQuorum({ answers }: Survey): Finding | undefined {
  const refusing = answers.filter((reply) => reply.self.state === 'no-quorum').map((reply) => reply.self.name);
  if (refusing.length === 0) return undefined;
  const headline = `NO QUORUM: ${refusing.join(', ')} refuse writes, since fewer than half of the members are in sight`;
  return { state: 'no-quorum', healthy: false, headline, next: 'mneme cluster settings partition-mode' };
}

/** A Redis beside a node that lost data, or that the node cannot work with. */
function redisTrouble({ answers }: Survey): Finding | undefined {
  const engines = answers.flatMap(({ self }) => (self.engine ? [{ self, engine: self.engine }] : []));
  const held = engines.find(({ engine }) => engine.state === 'held');
  if (held !== undefined) {
    const { missing, different, of } = held.engine.held;
    const headline = `REDIS LOST DATA at ${held.self.name}${lossPlaces(held.engine.held)}: ${missing} of ${of} keys missing, ${different} different; nothing of it is replicated`;
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
    return { state: 'redis-keys-wait', healthy: false, headline, next: first.next };
  }
  return undefined;
}

/** Of a Redis Cluster, the masters that lost data, with what each of them lost. */
export function lossPlaces({ shares }: EngineView['held']): string {
  const places = shares.map(
    ({ server, missing, different }) => `${server} (${missing} missing, ${different} different)`,
  );
  return places.length === 0 ? '' : `, its masters ${places.join(', ')}`;
}

function catchingUp({ answers }: Survey, sights: readonly LinkSight[]): Finding | undefined {
  const starting = answers.filter(({ self }) => self.state === 'loading' || self.state === 'joining');
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
  const next = count === 1 ? `mneme cluster join ${answers[0]?.self.address ?? 'ADDRESS'} on another machine` : null;
  return { state: 'in-sync', healthy: true, headline, next };
}

function longest(sights: LinkSight[]): LinkSight | undefined {
  return [...sights].sort((a, b) => b.sinceMs - a.sinceMs)[0];
}
