import { adviceFields, engine, incident, member, ofMember, silentMembers } from './common.js';
import { nodeLimits } from './limits.js';
import { count, duration, flag, island, list, nullable, number, object, text, time, words } from './shape.js';

const LINK = ['self', 'in-sync', 'catching-up', 'held', 'down', 'clock-skew', 'joining', 'connecting'] as const;
const OWN = ['gathering', 'loading', 'joining', 'serving', 'read-only', 'no-quorum', 'stopping'] as const;
export const linkState = words(LINK);

export const memberState = words(
  [...OWN, ...LINK] as const,
  'Of the asked node its own state, of the others its link to them.',
);

export const clusterState = words([
  ...(['split-brain', 'partition', 'node-down', 'no-answer', 'problem', 'clock-skew', 'no-quorum'] as const),
  ...(['redis-lost-data', 'redis-unreachable', 'redis-keys-wait', 'catching-up', 'in-sync'] as const),
]);

/** What status begins with. */
export const verdictFields = {
  healthy: flag('false: the exit code is 3.'),
  headline: text(),
  ...adviceFields,
};

export const islandsNow = list(
  object({
    island: island(),
    members: list(member),
    writes: nullable(count(), 'Since the separation, when the split-brain was found.'),
  }),
);

const memberNow = object({
  ...ofMember,
  address: text(),
  state: memberState,
  stateAgeMs: duration('How long it has been so.'),
  answers: flag('This very command got an answer from it.'),
  island: nullable(island()),
  memoryOnly: flag(),
  entries: nullable(count(), 'null: it does not answer.'),
  lagWrites: nullable(count(), 'Writes that it has not acknowledged to the asked node; null: it was never heard.'),
  clockSkewMs: nullable(duration("Its clock minus the asked node's.")),
  lastHeardMs: nullable(time()),
  joinProgress: nullable(number(), '0 to 1 while it receives a snapshot.'),
  version: nullable(text(), "mneme's version; null: it does not answer."),
  nodeVersion: nullable(text(), 'The version of Node.js.'),
});

export const clusterStatus = object({
  state: clusterState,
  ...verdictFields,
  clusterId: text(),
  asked: member,
  nowMs: time(),
  members: list(memberNow),
  islands: islandsNow,
  sights: list(
    object({ from: member, to: member, state: linkState, ageMs: duration('How long it is so.'), drillCut: flag() }),
    'Who sees whom how.',
  ),
  sightsDiffer: flag('Two members have different opinions of a third, or of who the members are.'),
  incidents: list(incident, 'Those that are not resolved.'),
  drills: list(object({ node: member, cut: list(member) })),
  onHeal: text(),
  memory: list(
    object({
      node: member,
      usedBytes: count(),
      maxBytes: count('0: no limit.'),
      policy: words(['noeviction', 'allkeys-lru', 'volatile-ttl']),
      evicted: count(),
      evictions: count(),
      isFull: flag(),
    }),
    'Of members with a limit, or with evicted entries.',
  ),
  engines: list(object({ node: member, engine }), 'The Redis beside each member that has one.'),
  problems: list(
    object({
      ...{ node: member, kind: text('A stable word.'), subject: text(), text: text() },
      ...{ ...adviceFields, sinceMs: time() },
    }),
  ),
  notes: list(object({ node: member, text: text() })),
  commonVersion: nullable(
    text(),
    'All members run it, so all can use what is new in it; null: they differ, or one does not answer.',
  ),
  limits: nullable(list(nodeLimits), 'With --verbose, of the members that answered.'),
});

export const clusterWait = object({ for: text(), waitedMs: duration(), state: clusterState, headline: text() });

export const clusterSettings = object({
  onHeal: text('merge, promote-oldest, promote-largest, manual, or a merge policy.'),
  partitionMode: words(['available', 'majority']),
  anonymousClients: words(['refuse', 'allow']),
  setAsideDays: number(),
  failureTimeoutMs: duration(),
  clockSkewLimitMs: duration(),
});

export const clusterSecret = object({
  secret: nullable(text(), 'null: it is in the file.'),
  file: nullable(text()),
});

export const startedNode = object({
  redis: nullable(
    object({
      redis: text('Its address, without a password.'),
      state: words(['waiting', 'connecting', 'scanning', 'attached', 'held']),
      problem: nullable(text('Why it is not attached.')),
    }),
    'The Redis beside it; null: none.',
  ),
  ...ofMember,
  address: text(),
  clusterId: text(),
  pid: count(),
  version: text("mneme's version."),
  nodeVersion: text('The version of Node.js.'),
  dir: nullable(text(), 'null: in memory only.'),
  logFile: nullable(text(), 'null: in the foreground.'),
  detached: flag(),
  founded: flag('It has founded this cluster.'),
  state: words(OWN, 'serving, or what refuses writes.'),
  members: list(member, 'The others in sight.'),
  missing: list(member, 'The others that it does not hear.'),
  settingsKept: list(
    object({ key: text(), asked: text(), value: text() }),
    'Settings that were asked for, and that the cluster has otherwise.',
  ),
  maxMemoryBytes: count('0: no limit.'),
  eviction: words(['noeviction', 'allkeys-lru', 'volatile-ttl']),
});

const gone = { node: member, address: text(), message: text() };

export const stoppedNode = object({ ...gone, stopped: flag('Its port was closed before the wait was over.') });

export const departedNode = object({
  ...gone,
  plan: object({
    node: member,
    address: text(),
    state: linkState,
    lastHeardMs: nullable(time()),
    remaining: list(member),
    behind: list(object({ node: member, lagWrites: count() }), 'Members that lack writes of one that leaves.'),
    nowMs: time(),
  }),
});

export const drainedNode = object({
  node: member,
  address: text(),
  holders: list(member, 'The members that have all that it held.'),
  clients: list(text()),
  waiting: count('Keys of the Redis beside it that are still to be read.'),
  drained: flag(),
  waitedMs: duration(),
});

export const discovered = object({
  node: nullable(member, 'Who looked; null: this command did.'),
  address: nullable(text()),
  clusterId: nullable(text()),
  complete: flag('false: the exit code is 3.'),
  mechanisms: list(object({ text: text(), found: nullable(count()), failure: nullable(text()) })),
  places: list(
    object({
      address: text(),
      from: list(text(), 'The mechanisms that name it.'),
      is: nullable(words(['self', 'member', 'stranger', 'waiting']), 'null: nothing answers there.'),
      name: nullable(text()),
      replica: nullable(text()),
      clusterId: nullable(text()),
      expects: nullable(count('Of one that waits: how many nodes found a cluster together.')),
      failure: nullable(text()),
    }),
  ),
  missed: list(object({ ...ofMember, address: text(), linked: flag() }), 'Members that no mechanism has found.'),
});

export const drills = object({
  on: flag(),
  nodes: list(object({ ...ofMember, address: text(), allowed: flag(), cut: list(member) })),
  unreachable: silentMembers,
});

export const demo = object({
  commands: list(text()),
  kept: list(text(), 'Addresses of the nodes that still run.'),
  dir: nullable(text()),
});
