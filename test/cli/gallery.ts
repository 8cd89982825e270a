import type {
  DrainReply,
  EntryReply,
  IncidentView,
  LimitsReply,
  LinkState,
  PlanChangesView,
  StatusReply,
  UserView,
} from '../../src/admin/protocol/api.js';
import type { Page } from '../../src/cli/page.js';
import { TopHistory } from '../../src/cli/top/top-history.js';
import { asItIsView } from '../../src/cli/views/as-it-is.js';
import { backupView, restoreView } from '../../src/cli/views/backup.js';
import { clusterDiscoverView } from '../../src/cli/views/cluster-discover.js';
import { clusterStatusView } from '../../src/cli/views/cluster-status.js';
import { contextListView, contextView } from '../../src/cli/views/context.js';
import { demoCode, demoCommand, demoEndView, demoHeading, demoNote } from '../../src/cli/views/demo.js';
import { drainedView, drainPlanView, forgetPlanView, leavePlanView } from '../../src/cli/views/departure.js';
import { doctorView } from '../../src/cli/views/doctor.js';
import { doneView } from '../../src/cli/views/done.js';
import { drillView } from '../../src/cli/views/drill.js';
import { confirmLossPlanView, engineView, restorePlanView } from '../../src/cli/views/engine.js';
import { entryInspectView } from '../../src/cli/views/entry-inspect.js';
import { entryListView } from '../../src/cli/views/entry-list.js';
import { exportView, importView } from '../../src/cli/views/entry-transfer.js';
import { entryDeleteView, entryPartsView, entryRemarkView, entrySetView } from '../../src/cli/views/entry-value.js';
import { eventsView, followedView } from '../../src/cli/views/events.js';
import { failureView } from '../../src/cli/views/failure.js';
import { forcedView } from '../../src/cli/views/forced.js';
import { logLineView } from '../../src/cli/views/log-line.js';
import { nodeLimitsView } from '../../src/cli/views/node-limits.js';
import { nodeStartedView } from '../../src/cli/views/node-started.js';
import { picksView } from '../../src/cli/views/picks.js';
import { plannedChangesView } from '../../src/cli/views/plan-changes.js';
import { replicaCompareView } from '../../src/cli/views/replica-compare.js';
import { replicaInspectView } from '../../src/cli/views/replica-inspect.js';
import { replicaListView } from '../../src/cli/views/replica-list.js';
import { replicaVerifyView } from '../../src/cli/views/replica-verify.js';
import { savedPlanView } from '../../src/cli/views/saved-plan.js';
import { settingsView, settingView } from '../../src/cli/views/settings.js';
import { splitBrainHistoryView } from '../../src/cli/views/split-brain-history.js';
import { splitBrainPlanView } from '../../src/cli/views/split-brain-plan.js';
import { resolutionView } from '../../src/cli/views/split-brain-resolution.js';
import { splitBrainShowView } from '../../src/cli/views/split-brain-show.js';
import { splitBrainStatusView } from '../../src/cli/views/split-brain-status.js';
import { undoPlanView, undoView } from '../../src/cli/views/split-brain-undo.js';
import { supportBundleView } from '../../src/cli/views/support-bundle.js';
import { topView } from '../../src/cli/views/top.js';
import { userListView } from '../../src/cli/views/user-list.js';
import type { Discovered } from '../../src/operations/cluster/discover.js';
import type { EventSeen, EventsSeen } from '../../src/operations/cluster/events.js';
import { assessSurvey } from '../../src/operations/cluster/status.js';
import type { Survey } from '../../src/operations/common/survey.js';
import type { EntryValue } from '../../src/operations/entry/get.js';
import { judgeEntry } from '../../src/operations/entry/inspect.js';
import { digestOf } from '../../src/operations/replica/list.js';
import * as fixtures from './fixtures.js';
import { topLook } from './top-looks.js';

const { NOW_MS, entry, incident, member, origin, plan, RESOLVED, replicaId, replicaReply, setAside, status } = fixtures;

const CHANGES: PlanChangesView = {
  changed: 12,
  changedKeys: ['cart:1', 'cart:2', 'session:bob'].map((key) => ({ keyBase64: fixtures.base64(key), database: 0 })),
  otherwise: 1,
  otherwiseKeys: [
    {
      keyBase64: fixtures.base64('cart:17'),
      database: 2,
      shown: entry('cart:17', '{"items":["book","lamp"]}', 'b'),
      shownMembers: ['a', 'b'],
      now: entry('cart:17', '{"items":[]}', 'c', { writtenMs: NOW_MS - 1000 }),
      nowMembers: ['c'],
      reason: 'last write, 119000 ms later',
    },
  ],
  undecided: 1,
  missed: 0,
  missedKeys: [],
  gone: ['d'],
  joined: ['e'],
};

function named(name: string) {
  return { name, replica: replicaId(name) };
}

function survey(answers: StatusReply[], silent: string[] = []): Survey {
  const asked = answers[0]!;
  return {
    asked,
    askedAddress: asked.self.address,
    answers,
    silent: silent.map((name) => ({
      name,
      address: member(name, 'down').address,
      replica: replicaId(name),
      problem: `no node answers at ${member(name, 'down').address} (connection refused)`,
    })),
  };
}

function limitedStatus(usedBytes: number, isFull: boolean): StatusReply {
  const reply = status('a', { b: 'in-sync' });
  const memory = {
    usedBytes,
    maxBytes: 100 * 2 ** 20,
    policy: 'allkeys-lru',
    evicted: 4321,
    evictions: 5000,
    isFull,
  } as const;
  return { ...reply, self: { ...reply.self, memory } };
}

function joiningStatus(): StatusReply {
  const reply = status('b', { a: 'joining' }, { joining: { from: 'a', entries: 400, entriesExpected: 1000 } });
  return { ...reply, self: { ...reply.self, state: 'joining' } };
}

export const SURVEYS = {
  inSync: survey([
    status('a', { b: 'in-sync', c: 'in-sync' }),
    status('b', { a: 'in-sync', c: 'in-sync' }),
    status('c', { a: 'in-sync', b: 'in-sync' }),
  ]),
  alone: survey([status('a', {})]),
  limited: survey([limitedStatus(99 * 2 ** 20, false), status('b', { a: 'in-sync' })]),
  full: survey([limitedStatus(101 * 2 ** 20, true), status('b', { a: 'in-sync' })]),
  catchingUp: survey([status('a', { b: 'catching-up' }), joiningStatus()]),
  nodeDown: survey([status('a', { b: 'in-sync', c: 'down' }), status('b', { a: 'in-sync', c: 'down' })], ['c']),
  partition: survey([
    status('a', { b: 'in-sync', c: 'down' }),
    status('b', { a: 'in-sync', c: 'down' }),
    status('c', { a: 'down', b: 'down' }),
  ]),
  split: survey([
    status('a', { b: 'in-sync', c: 'held' }, { incidents: [incident()] }),
    status('b', { a: 'in-sync', c: 'held' }, { incidents: [incident()] }),
    status('c', { a: 'held', b: 'held' }, { incidents: [incident()], notes: ['a torn tail of 17 bytes was cut off'] }),
  ]),
};

function refusing(reply: StatusReply): StatusReply {
  return { ...reply, self: { ...reply.self, state: 'no-quorum', stateSinceMs: 3000 } };
}

/** As after a start of the asked node while the others are down. */
function unheard(reply: StatusReply): StatusReply {
  const members = reply.members.map((one) => (one.link === 'self' ? one : { ...one, lastHeardMs: null }));
  return { ...reply, members };
}

function ofSplit(name: string, sees: Record<string, LinkState>): StatusReply {
  return status(name, sees, { incidents: [incident()] });
}

/** What an operator may meet, to hold the text of each. */
export const STATES = {
  'all in sync': SURVEYS.inSync,
  'two members down': survey([status('a', { b: 'down', c: 'down' })], ['b', 'c']),
  'one down, and one that only this command does not reach': survey(
    [status('a', { b: 'down', c: 'in-sync' })],
    ['b', 'c'],
  ),
  'no answer from two that others hear': survey([status('a', { b: 'in-sync', c: 'in-sync' })], ['b', 'c']),
  'a minority, in majority mode': survey([refusing(status('a', { b: 'down', c: 'down' }))], ['b', 'c']),
  'a start while the others are down': survey([unheard(refusing(status('a', { b: 'down', c: 'down' })))], ['b', 'c']),
  'a partition, and a member down': survey(
    [
      status('a', { b: 'in-sync', c: 'down', d: 'down' }),
      status('b', { a: 'in-sync', c: 'down', d: 'down' }),
      refusing(status('c', { a: 'down', b: 'down', d: 'down' })),
    ],
    ['d'],
  ),
  'a split-brain': SURVEYS.split,
  'a split-brain, and a member of it down': survey(
    [ofSplit('a', { b: 'down', c: 'held' }), ofSplit('c', { a: 'held', b: 'down' })],
    ['b'],
  ),
  'a split-brain, cut once more': survey([
    ofSplit('a', { b: 'down', c: 'held' }),
    ofSplit('b', { a: 'down', c: 'down' }),
    ofSplit('c', { a: 'held', b: 'down' }),
  ]),
  'a split-brain, cut again where it was': survey([
    ofSplit('a', { b: 'in-sync', c: 'down' }),
    ofSplit('b', { a: 'in-sync', c: 'down' }),
    ofSplit('c', { a: 'down', b: 'down' }),
  ]),
  'a split-brain that was resolved without one who is cut off': survey([
    { ...status('a', { b: 'down', c: 'in-sync' }), resolved: [incident().id] },
    ofSplit('b', { a: 'down', c: 'down' }),
    { ...status('c', { a: 'in-sync', b: 'down' }), resolved: [incident().id] },
  ]),
  'a split-brain that another member reaches': survey(
    [ofSplit('a', { b: 'in-sync', c: 'down' }), ofSplit('b', { a: 'in-sync', c: 'held' })],
    ['c'],
  ),
} satisfies Record<string, Survey>;

const SPLIT_STATUS = assessSurvey(SURVEYS.split);
const INSPECTED = [
  { name: 'a', entry: entry('cart:17', '{"items":["book","lamp"]}', 'b', { seq: 7 }), live: true },
  { name: 'b', entry: null, live: false },
  { name: 'c', entry: entry('cart:17', null, 'c', { seq: 2, writtenMs: NOW_MS - 150_000 }), live: false },
].map((reply) => ({ ...reply, vector: { seqs: {}, floors: {} }, setAside: [] }));

/** A hash of which two islands changed different fields. */
const INSPECTED_HASH = ['a', 'b', 'c'].map((name) => {
  const [field, writer] = name === 'c' ? ['seen', 'c'] : ['email', 'a'];
  const seen = { ...entry('user:17', null, writer, { seq: 0 }), tombstone: false, type: 'hash' as const, parts: 3 };
  const part = { kind: 'field' as const, nameBase64: fixtures.base64(field) };
  const newest = [{ ...entry('user:17', 'new', writer, { seq: 3 }), part }];
  const hidden = name === 'c' ? [] : [{ type: 'set' as const, parts: 2 }];
  return {
    ...{ name, entry: null, live: true, vector: { seqs: {}, floors: {} }, setAside: [] },
    parts: { seen: { ...seen, valueHash: name === 'c' ? 1 : 2 }, newest, lookedAt: 3, isEvicted: false, hidden },
  };
});

function inspection(open: IncidentView | undefined, replies: readonly EntryReply[] = INSPECTED, key = 'cart:17') {
  const judged = judgeEntry(replies, open, NOW_MS);
  return {
    database: 0,
    key,
    keyBase64: fixtures.base64(key),
    ...judged,
    setAside: [setAside(key, '{"items":["book"]}')],
    unreachable: [],
    members: [named('a'), named('b'), named('c')],
    incidents: [RESOLVED],
    nowMs: NOW_MS,
  };
}

const DIFFERENCE = {
  bucket: 1021,
  database: 0,
  keyBase64: fixtures.base64('session:0123456789abcdef0123456789abcdef'),
  kind: 'missing' as const,
  holder: 'a',
  lacker: 'b',
  writer: 'a',
  writtenMs: NOW_MS - 5000,
  hlc: 1,
  origin: origin('a'),
};
const VERIFIED = {
  state: 'same' as const,
  healthy: true,
  replicas: ['a', 'b', 'c'].map((name) => ({
    ...named(name),
    address: member(name, 'in-sync').address,
    entries: 1_234_567,
    digest: digestOf([1, 2]),
  })),
  unreachable: [],
  rounds: 1,
  differingBuckets: [],
  differences: [],
  inFlight: [],
  onlyInIsland: [],
};
const DEPARTURE = {
  node: 'c',
  address: '10.0.0.3:7379',
  state: 'down' as const,
  lastHeardMs: NOW_MS - 7_200_000,
  remaining: ['a', 'b'],
  behind: [{ node: 'b', lagWrites: 12 }],
  members: [named('a'), named('b'), named('c')],
  nowMs: NOW_MS,
};
/** Thousands of keys of many kinds. */
const LARGE_PLAN = plan({
  counts: { conflicts: 9014, onlyHere: [20_000, 311], rewritten: 0, overridden: [4507, 4000], uncertain: 120 },
  total: 9014,
  truncated: true,
  summary: {
    groups: ['session:', 'cart:', 'user:profile:', 'img/'].map((prefix, i) => ({
      prefixBase64: fixtures.base64(prefix),
      database: i === 3 ? 2 : 0,
      ...sums(10_000 / (i + 1)),
    })),
    other: { groups: 17, ...sums(40) },
    total: sums(29_325),
    kinds: { changed: 7800, deleted: 900, touched: 300, alike: 14, 'one-sided': 20_311 },
    stands: [4000, 5014],
    setAsideBytes: [1_234_567, 98_765],
  },
});

function sums(keys: number) {
  const half = Math.floor(keys / 2);
  const counts = { conflicts: half, uncertain: 3, setAside: half, onlyHere: [half, 7] };
  return { keys: Math.floor(keys), ...counts, bytes: Math.floor(keys * 119) };
}

const ONE_SIDED_PLAN = plan({
  conflicts: [
    fixtures.conflict('only:1', [entry('only:1', 'x', 'a', { previewBase64: null, valueBytes: 4096 }), null], {
      kind: 'one-sided',
      reason: 'changed on one island only',
      overridden: [],
      lengthOnly: true,
    }),
  ],
  total: 104,
  truncated: true,
});

const PROMOTION = plan({
  strategy: 'promote c',
  executor: 'c',
  conflicts: [
    fixtures.conflict('cart:17', [entry('cart:17', 'two books', 'a'), entry('cart:17', 'a lamp', 'c')], { outcome: 1 }),
    fixtures.conflict('only:1', [entry('only:1', 'new on island 1', 'a'), null], { outcome: 1, kind: 'one-sided' }),
  ],
});

const LONG_ID = '20261123-030000-3f9c';
const HISTORY = [
  incident({ id: '20261123-030500-77aa' }),
  incident({
    ...RESOLVED,
    id: '20261123-030200-b88b',
    strategy: 'undo',
    undoes: { incident: LONG_ID, isPartial: true },
    islands: [{ members: ['a'], replicas: [replicaId('a')], writes: 0 }],
    setAside: 9014,
  }),
  incident({ ...RESOLVED, id: '20261123-030100-c99c', strategy: 'engine attach', asked: null, by: null }),
  incident({ ...RESOLVED, id: LONG_ID, state: 'undone', setAside: 123_456 }),
  incident({ ...RESOLVED, id: '20261122-030000-d0d0', by: 'on-heal', asked: null, strategy: 'merge keep-longest-ttl' }),
];
const SHOWN_INCIDENT = {
  incident: incident({ ...RESOLVED, id: LONG_ID }),
  setAside: [
    setAside('cart:17', '{"items":["book"]}'),
    setAside('session:ada', null, { now: null, database: 3 }),
    setAside('session:bob', 'old', { writtenSince: true }),
  ],
  total: 3,
  truncated: false,
  summary: fixtures.setAsideReply([setAside('cart:17', 'x')]).summary,
  rows: { limit: 20 },
  wide: false,
  nowMs: NOW_MS,
};

const SHOWN_PLAN = {
  plan: plan(),
  rows: { limit: 20 },
  wide: false,
  nowMs: NOW_MS,
  next: 'mneme split-brain merge',
  isOnHeal: false,
  saved: null,
};

const PICKS = {
  held: 12,
  changed: { count: 1, keys: [{ keyBase64: fixtures.base64('cart:17'), database: 0 }] },
  fresh: { count: 1, keys: [{ keyBase64: fixtures.base64('session:bob'), database: 2 }] },
};

/** By the cluster's on-heal, one conflict is left, and a member takes no part. */
const LEFT_PLAN = {
  ...SHOWN_PLAN,
  plan: plan({
    strategy: 'merge =lww,session:=manual',
    absent: ['d'],
    counts: { ...plan().counts, overridden: [0, 1], manual: 1 },
    conflicts: plan().conflicts.map((row, i) =>
      i === 0 ? row : { ...row, outcome: null, overridden: [], reason: 'left to the operator' },
    ),
  }),
  next: 'mneme split-brain resolve --plan friday.plan',
  isOnHeal: true,
  saved: { file: 'friday.plan', keys: 2, undecided: 1 },
};

const THREE_ISLANDS = plan({
  islands: [
    { members: ['a', 'b', 'd'], replicas: [], changedOnlyHere: 4735 },
    { members: ['c'], replicas: [], changedOnlyHere: 2957 },
    { members: ['e'], replicas: [], changedOnlyHere: 1 },
  ],
  conflicts: plan().conflicts.map((row) => ({ ...row, versions: [...row.versions, row.versions[0]!] })),
  summary: {
    ...plan().summary!,
    groups: plan().summary!.groups.map((group) => ({ ...group, onlyHere: [4735, 2957, 1] })),
    total: { ...plan().summary!.total, onlyHere: [4735, 2957, 1] },
  },
});

const DRAIN: DrainReply = {
  node: 'a',
  address: '10.0.0.1:7379',
  holders: ['b'],
  clients: [],
  waiting: 0,
  drained: false,
};

const VALUE: EntryValue = {
  database: 0,
  key: 'cart:17',
  keyBase64: fixtures.base64('cart:17'),
  found: true,
  value: '{}',
  valueBase64: fixtures.base64('{}'),
  expiryMs: null,
  collection: null,
};

const PLACE = { from: ['static:a:7379,b:7379'], expects: null, failure: null, clusterId: 'c0ffee' };
const DISCOVERED: Discovered = {
  ...named('a'),
  address: '10.0.0.1:7379',
  clusterId: 'c0ffee',
  complete: false,
  mechanisms: [
    { text: 'static:a:7379,b:7379', found: 2, failure: null },
    { text: 'dns:mneme.internal', found: null, failure: 'ENOTFOUND mneme.internal' },
  ],
  places: [
    { ...PLACE, address: '10.0.0.1:7379', is: 'self', name: 'a', replica: replicaId('a') },
    { ...PLACE, address: '10.0.0.2:7379', is: 'member', name: 'b', replica: replicaId('b') },
    { ...PLACE, address: '10.0.0.4:7379', is: 'stranger', name: 'x', replica: replicaId('d'), clusterId: 'badcafe' },
    { ...PLACE, address: '10.0.0.5:7379', is: null, name: null, replica: null, failure: 'connection refused' },
  ],
  missed: [{ ...named('c'), address: '10.0.0.3:7379', linked: false }],
};

/** Every view with data as an operator may meet it, by name. For tests, and to be looked at. */
const ONE_EVENT: EventSeen = {
  ...{ ...named('a'), seq: 1, atMs: NOW_MS, level: 'warn', kind: 'down', subject: 'c', over: false },
  ...{ message: 'c is down: nothing heard for 5000 ms', by: null, keys: false },
};
const BACKUP = {
  ...{
    ...named('a'),
    file: 'monday.backup',
    clusterId: 'c0ffee',
    version: '0.1.0',
    atMs: NOW_MS,
    entries: 3,
    evicted: 1,
  },
  files: [{ name: 'journal-0000000001', bytes: 4000 }],
};
const RESTORED = {
  ...{
    created: 2,
    overridden: 1,
    same: 9014,
    removed: 3,
    expired: 1,
    evicted: 1,
    incident: '20261123-030102-b88b',
    dryRun: false,
  },
  sample: [{ keyBase64: 'azE=' }],
};
const ACT = { name: 'ada@desk', user: null, address: '10.0.0.9:51234' };
const EVENTS: EventsSeen = {
  events: [
    ONE_EVENT,
    { ...ONE_EVENT, ...named('beta'), level: 'info', kind: 'act', message: 'stop, asked by ada@desk', by: ACT },
  ],
  leftOut: 0,
  missed: [{ ...named('beta'), events: 3 }],
  silent: [{ ...named('c'), address: '10.0.0.3:7379', problem: 'connection refused' }],
};
const LIMITS: LimitsReply = {
  ...named('a'),
  limits: [
    { name: 'clients', unit: 'count', words: 'clients at a time', value: 10_000, inUse: 1234, met: 0 },
    { name: 'clients-per-address', unit: 'count', words: 'clients from one address', value: null, inUse: 800, met: 0 },
    { name: 'value', unit: 'bytes', words: 'a value', value: 64 * 1024 * 1024, inUse: null, met: 3 },
    { name: 'request-time', unit: 'time', words: 'silence in a request', value: 60_000, inUse: null, met: 17 },
  ],
  openFiles: { limit: 1024, inUse: 301 },
};
const OTHER_LIMITS: LimitsReply = {
  ...named('beta'),
  limits: LIMITS.limits.map((limit) => ({ ...limit, ...(limit.name === 'clients' && { value: 2000, inUse: 7 }) })),
  openFiles: { limit: 4096, inUse: 90 },
};
const OF_TWO_VERSIONS = survey(
  ['a', 'b', 'c'].map((name) => {
    const others = Object.fromEntries(
      ['a', 'b', 'c', 'd'].filter((one) => one !== name).map((one) => [one, 'in-sync']),
    );
    const reply = status(name, { ...others, d: 'down' } as Parameters<typeof status>[1]);
    return { ...reply, self: { ...reply.self, version: name === 'c' ? '0.9.1' : '0.10.0' } };
  }),
  ['d'],
);

const USERS: UserView[] = [
  { name: 'ada', role: 'admin', prefixBase64: null, addedMs: fixtures.NOW_MS, passwordMs: fixtures.NOW_MS },
  {
    ...{ name: 'shop', role: 'write', prefixBase64: Buffer.from('shop:').toString('base64') },
    ...{ addedMs: fixtures.NOW_MS - 86_400_000, passwordMs: fixtures.NOW_MS - 3_600_000 },
  },
];

const PROD = {
  ...{ name: 'prod', current: true, node: '10.0.0.1:7379,10.0.0.2:7379,10.0.0.3:7379', user: 'ada' },
  ...{ 'password-file': '/home/ada/.mneme/prod.password', 'tls-ca': '/home/ada/.mneme/ca.pem' },
};

export const GALLERY: Record<string, (page: Page) => string> = {
  ...Object.fromEntries(
    Object.entries(SURVEYS).map(([name, data]) => [
      `cluster status, ${name}`,
      (page: Page) => clusterStatusView(assessSurvey(data), page),
    ]),
  ),
  'cluster status, members of two versions': (page) => clusterStatusView(assessSurvey(OF_TWO_VERSIONS), page),
  'cluster status --verbose': (page) =>
    clusterStatusView({ ...assessSurvey(SURVEYS.inSync), limits: [LIMITS, OTHER_LIMITS] }, page),
  'cluster settings': (page) => settingsView(fixtures.SETTINGS, page),
  'node limits': (page) => nodeLimitsView(LIMITS, page),
  top: (page) => {
    const history = new TopHistory();
    for (let i = 0; i < 30; i++) history.add(topLook(3, i));
    return topView(
      { history, selected: replicaId('m01'), order: 'node', paused: true, trouble: null, height: 24 },
      page,
    );
  },
  'context list': (page) =>
    contextListView(
      {
        file: '/home/ada/.config/mneme/contexts.json',
        current: 'prod',
        contexts: [{ name: 'here', current: false, node: '127.0.0.1:7379' }, PROD],
      },
      page,
    ),
  'context list, of none': (page) => contextListView({ file: '/x', current: null, contexts: [] }, page),
  'context show': (page) => contextView(PROD, page),
  'user list': (page) => userListView({ users: USERS, anonymousClients: 'refuse' }, page),
  'user list, of none': (page) => userListView({ users: [], anonymousClients: 'refuse' }, page),
  'user list, while clients are changed': (page) => userListView({ users: USERS, anonymousClients: 'allow' }, page),
  'cluster forget': (page) => forgetPlanView(DEPARTURE, page),
  'cluster leave': (page) => leavePlanView(DEPARTURE, page),
  'cluster drain': (page) => drainPlanView(DRAIN, page),
  'cluster drain, with clients': (page) =>
    drainPlanView({ ...DRAIN, holders: ['b', 'c'], clients: ['10.0.0.9:41724 (web)', '10.0.0.9:41730'] }, page),
  'cluster drain, done': (page) => drainedView({ ...DRAIN, drained: true, waitedMs: 0, members: [] }, page),
  'cluster discover': (page) => clusterDiscoverView(DISCOVERED, page),
  'cluster discover, all found': (page) =>
    clusterDiscoverView(
      { ...DISCOVERED, complete: true, missed: [], mechanisms: [{ text: 'static:a:7379', found: 1, failure: null }] },
      page,
    ),
  'cluster settings, one': (page) => settingView({ key: 'set-aside-days', value: 7 }, page),
  'a decision without a majority': (page) =>
    forcedView({ clusterId: 'c0ffee', node: 'a', inSight: ['a'], missing: ['b', 'c'] }, page),
  'engine status': (page) => engineView({ ...named('a'), engine: fixtures.ATTACHED, keys: 0 }, page),
  'engine status, held': (page) => engineView({ ...named('a'), engine: fixtures.HELD, keys: 0 }, page),
  'engine status, out of reach': (page) =>
    engineView(
      {
        ...named('a'),
        keys: 0,
        engine: { ...fixtures.ATTACHED, state: 'connecting', problem: 'connect ECONNREFUSED 127.0.0.1:6379' },
      },
      page,
    ),
  doctor: (page) =>
    doctorView(
      {
        clusterId: 'c0ffee',
        members: ['a', 'b', 'c'],
        checks: ['answers', 'clocks', 'disk', 'problems'],
        findings: [
          {
            check: 'clocks',
            node: 'b',
            text: 'the clock of b is 0.3 s ahead of that of a; at 1.0 s they stop replicating',
            next: 'timedatectl\nOn both machines: time has to be synchronised.',
          },
          {
            check: 'disk',
            node: 'c',
            text: 'c: 1.0 GiB of the 40 GiB of its disk are free',
            next: 'df -h /var/lib/mneme/c',
          },
        ],
      },
      page,
    ),
  'doctor, nothing found': (page) =>
    doctorView({ clusterId: 'c0ffee', members: ['a'], checks: ['answers', 'disk'], findings: [] }, page),
  'engine restore': (page) => restorePlanView({ ...named('a'), engine: fixtures.HELD, keys: 0 }, page),
  'engine confirm-loss': (page) => confirmLossPlanView({ ...named('a'), engine: fixtures.HELD, keys: 0 }, page),
  'cluster start': (page) =>
    nodeStartedView(
      {
        ...named('a'),
        redis: null,
        address: '10.0.0.1:7379',
        clusterId: 'c0ffee',
        pid: 4711,
        version: '1.2.3',
        nodeVersion: 'v20.19.0',
        dir: '/var/lib/mneme/a',
        logFile: '/var/lib/mneme/a/node.log',
        detached: true,
        members: [named('b')],
        missing: [named('c')],
        state: 'serving',
        founded: true,
        settingsKept: [],
        maxMemory: 0,
        eviction: 'noeviction',
      },
      page,
    ),
  'replica list': (page) =>
    replicaListView(
      {
        same: false,
        unreachable: [],
        replicas: ['a', 'b', 'c'].map((name) => ({
          ...replicaReply(name),
          address: member(name, 'in-sync').address,
          memoryOnly: name === 'c',
          digest: name === 'c' ? '00c0ffee' : '1badcafe',
          group: name === 'c' ? 'B' : 'A',
        })),
      },
      page,
    ),
  'replica inspect': (page) =>
    replicaInspectView(
      {
        ...replicaReply('a', {
          lacks: [{ peer: 'b', origin: origin('b'), from: 40, upto: 45 }],
          links: ['b', 'c'].map((peer) => ({
            peer,
            state: peer === 'b' ? 'in-sync' : 'down',
            address: member(peer, 'in-sync').address,
            sendLag: 0,
            receiveLag: 5,
            roundTripMs: 0.4,
            clockSkewMs: -2,
            bytesSent: 123_456_789,
            bytesReceived: 4096,
            connectedSinceMs: NOW_MS - 60_000,
          })),
        }),
        address: '10.0.0.1:7379',
        members: { [replicaId('a')]: 'a', [replicaId('b')]: 'b' },
      },
      page,
    ),
  'replica compare': (page) =>
    replicaCompareView(
      {
        first: 'a',
        second: 'b',
        nowMs: NOW_MS,
        members: [named('a'), named('b')],
        same: false,
        counts: {
          'only-in-first': 1,
          'only-in-second': 0,
          'newer-in-first': 1,
          'newer-in-second': 0,
          'other-value': 0,
        },
        keys: [
          {
            database: 0,
            keyBase64: fixtures.base64('k'),
            kind: 'only-in-first',
            first: entry('k', 'v', 'a'),
            second: null,
          },
          {
            database: 3,
            keyBase64: fixtures.base64(Buffer.from([0, 255])),
            kind: 'newer-in-first',
            first: entry('x', null, 'a'),
            second: entry('x', 'a long value that has to give way to others in a narrow terminal', 'b'),
          },
        ],
        truncated: false,
      },
      page,
    ),
  'replica verify, same': (page) => replicaVerifyView(VERIFIED, page),
  'replica verify, different': (page) =>
    replicaVerifyView(
      { ...VERIFIED, state: 'different', healthy: false, differingBuckets: [1021], differences: [DIFFERENCE] },
      page,
    ),
  'replica verify, split': (page) =>
    replicaVerifyView(
      {
        ...VERIFIED,
        state: 'split-brain',
        healthy: false,
        onlyInIsland: [
          { island: ['a', 'b'], entries: 104 },
          { island: ['c'], entries: 6 },
        ],
      },
      page,
    ),
  'entry list': (page) =>
    entryListView(
      {
        node: 'a',
        replica: replicaId('a'),
        database: 0,
        truncated: true,
        nowMs: NOW_MS,
        entries: [
          entry('cart:17', '{"items":["book","lamp"]}', 'b', { expiryMs: NOW_MS + 90_000 }),
          entry('日本語のキー', 'こんにちは', 'a'),
          entry('evil', '\u001b[2J\u001b[31mred\u001b[0m and much more text after it', 'c'),
          entry('gone', null, 'a'),
        ],
      },
      page,
    ),
  'entry inspect, split': (page) => entryInspectView(inspection(incident()), page),
  'entry inspect, on its way': (page) => entryInspectView(inspection(undefined), page),
  'entry inspect, a hash, split': (page) => entryInspectView(inspection(incident(), INSPECTED_HASH, 'user:17'), page),
  'entry set': (page) =>
    entrySetView(
      { database: 0, key: 'cart:17', keyBase64: fixtures.base64('cart:17'), valueBytes: 24, ttlMs: 90_000 },
      page,
    ),
  'entry get, expires': (page) =>
    entryRemarkView({ entry: { ...VALUE, expiryMs: NOW_MS + 90_000 }, nowMs: NOW_MS }, page),
  'entry get, not there': (page) =>
    entryRemarkView({ entry: { ...VALUE, found: false, value: null, valueBase64: null }, nowMs: NOW_MS }, page),
  'entry get, a hash': (page) =>
    entryPartsView(
      {
        type: 'hash',
        size: 2003,
        parts: [
          { name: Buffer.from('name'), value: Buffer.from('Ada Lovelace') },
          { name: Buffer.from('日本語'), value: Buffer.from('\u001b[31mred\u001b[0m') },
          { name: Buffer.from('long'), value: Buffer.from('x'.repeat(200)) },
        ],
      },
      page,
    ),
  'entry get, a set': (page) =>
    entryPartsView({ type: 'set', size: 1, parts: [{ name: Buffer.from('member') }] }, page),
  'entry get, a sorted set': (page) =>
    entryPartsView({ type: 'zset', size: 1, parts: [{ name: Buffer.from('ada'), score: '1815.5' }] }, page),
  'entry delete': (page) => entryDeleteView({ database: 0, keys: 3, deleted: 2 }, page),
  'entry export': (page) =>
    exportView(
      { node: 'a', replica: replicaId('a'), exported: 120_000, leftOut: 2, evicted: 1, output: 'backup.ndjson' },
      page,
    ),
  'entry import': (page) =>
    importView(
      { lines: 120_003, imported: 120_000, expired: 1, bad: 2, badLines: [{ line: 17, message: 'not valid JSON' }] },
      page,
    ),
  'split-brain status': (page) =>
    splitBrainStatusView(
      {
        state: 'split-brain',
        healthy: false,
        headline: SPLIT_STATUS.headline,
        next: SPLIT_STATUS.next,
        note: null,
        asked: 'a',
        members: [named('a'), named('b'), named('c')],
        nowMs: NOW_MS,
        partitionMode: 'available',
        onHeal: 'manual',
        incidents: [incident({ problem: 'c does not answer' })],
        islands: SPLIT_STATUS.islands,
        changes: {
          islands: [
            { members: ['a', 'b'], keys: 12_345, isMore: false, lastWriteMs: NOW_MS - 2000 },
            { members: ['c'], keys: 7, isMore: false, lastWriteMs: NOW_MS - 86_400_000 },
          ],
          both: 5,
        },
      },
      page,
    ),
  'split-brain plan': (page) => splitBrainPlanView(SHOWN_PLAN, page),
  'split-brain plan, wide': (page) => splitBrainPlanView({ ...SHOWN_PLAN, wide: true }, page),
  'split-brain plan, large': (page) => splitBrainPlanView({ ...SHOWN_PLAN, plan: LARGE_PLAN }, page),
  'split-brain plan, one-sided': (page) =>
    splitBrainPlanView({ ...SHOWN_PLAN, plan: ONE_SIDED_PLAN, rows: { only: 'one-sided', limit: 20 } }, page),
  'split-brain plan, preliminary': (page) =>
    splitBrainPlanView({ ...SHOWN_PLAN, plan: plan({ incident: null, preliminary: true }) }, page),
  'split-brain plan, some of it left to the operator': (page) => splitBrainPlanView(LEFT_PLAN, page),
  'split-brain plan, three islands': (page) => splitBrainPlanView({ ...SHOWN_PLAN, plan: THREE_ISLANDS }, page),
  'split-brain plan, saved with undecided keys': (page) =>
    savedPlanView(
      {
        file: 'monday.plan',
        keys: 9014,
        undecided: 12,
        next: 'mneme split-brain merge --plan monday.plan',
        resume: 'mneme split-brain resolve --plan monday.plan',
      },
      page,
    ),
  'split-brain plan, promote': (page) => splitBrainPlanView({ ...SHOWN_PLAN, plan: PROMOTION }, page),
  'split-brain resolution': (page) =>
    resolutionView({ incident: RESOLVED, changes: fixtures.NO_CHANGES, picks: null, absent: [], nowMs: NOW_MS }, page),
  'split-brain resolution, with changes': (page) =>
    resolutionView({ incident: RESOLVED, changes: CHANGES, picks: PICKS, absent: ['d', 'e'], nowMs: NOW_MS }, page),
  'split-brain plan, changed': (page) => plannedChangesView({ changes: CHANGES, nowMs: NOW_MS }, page),
  'split-brain resolution, of picks': (page) => picksView(PICKS, page),
  'split-brain plan, saved': (page) =>
    savedPlanView(
      {
        file: 'monday.plan',
        keys: 9014,
        undecided: 0,
        next: 'mneme split-brain merge --plan monday.plan',
        resume: 'mneme split-brain resolve --plan monday.plan',
      },
      page,
    ),
  'split-brain history': (page) => splitBrainHistoryView({ incidents: HISTORY }, page),
  'split-brain show': (page) => splitBrainShowView(SHOWN_INCIDENT, page),
  'split-brain show, wide': (page) => splitBrainShowView({ ...SHOWN_INCIDENT, wide: true }, page),
  'split-brain show, an undo': (page) =>
    splitBrainShowView({ ...SHOWN_INCIDENT, incident: HISTORY[1]!, total: 9014 }, page),
  'split-brain undo, plan': (page) =>
    undoPlanView({ plan: fixtures.undoReply(), rows: { limit: 20 }, wide: false, nowMs: NOW_MS }, page),
  'split-brain undo': (page) =>
    undoView(
      {
        ...fixtures.undoReply({ undoIncident: '20261123-030102-b88b' }),
        ...{ dryRun: false, shown: 2, rows: { limit: 20 }, wide: false, nowMs: NOW_MS },
      },
      page,
    ),
  drill: (page) =>
    drillView(
      {
        on: true,
        nodes: [
          { ...named('a'), address: '10.0.0.1:7379', allowed: true, cut: ['b', 'c'] },
          { ...named('b'), address: '10.0.0.2:7379', allowed: true, cut: ['a'] },
          { ...named('c'), address: '10.0.0.3:7379', allowed: false, cut: [] },
        ],
        unreachable: [],
      },
      page,
    ),
  events: (page) => eventsView({ seen: EVENTS, all: false }, page),
  'events of all members': (page) => eventsView({ seen: { ...EVENTS, leftOut: 12 }, all: true }, page),
  'events, of which there are none': (page) =>
    eventsView({ seen: { events: [], leftOut: 0, missed: [], silent: [] }, all: false }, page),
  'events as they come': (page) => followedView({ seen: EVENTS, all: true }, page),
  backup: (page) => backupView(BACKUP, page),
  'backup restore, plan': (page) => restoreView({ ...RESTORED, dryRun: true, incident: null }, page),
  'backup restore': (page) => restoreView(RESTORED, page),
  'support bundle': (page) =>
    supportBundleView({ file: 'x.tar.gz', files: [], members: ['a', 'b'], problems: ['c: connection refused'] }, page),
  'the log of a node': (page) => asItIsView('2026-11-23 03:00:00 warn  c is down\n', page),
  'what is done': (page) => doneView('c is forgotten', page),
  'a line of the log': (page) => logLineView({ nowMs: NOW_MS, level: 'warn', message: 'c is down' }, page),
  demo: (page) =>
    [
      demoHeading('A partition', page),
      demoCommand(['cluster', 'status'], page),
      demoCode({ code: "await redis.get('k')", result: "'v'" }, page),
      demoNote('the nodes are told to drop each other', page),
      demoEndView({ commands: [], kept: ['127.0.0.1:7379'], dir: '/tmp/demo' }, page),
      demoEndView({ commands: [], kept: [], dir: null }, page),
    ].join(''),
  failure: (page) =>
    failureView(
      {
        code: 'not-reachable',
        message: 'no node answers at b',
        next: 'mneme cluster start',
        note: null,
        exitCode: 4,
        stack: null,
      },
      page,
    ),
};
