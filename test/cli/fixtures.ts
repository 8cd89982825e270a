import type {
  ConflictView,
  EngineView,
  EntryFacts,
  IncidentView,
  LinkState,
  MemberView,
  PlanChangesView,
  PlanReply,
  PlanSummaryView,
  ReplicaReply,
  SetAsideFacts,
  SetAsideReply,
  SettingsReply,
  StatusReply,
  UndoReply,
} from '../../src/admin/protocol/api.js';
import { BUCKETS, bucketOf } from '../../src/core/model/bytes.js';
import { fullKey } from '../../src/core/model/entry.js';
import { hlcFromMs } from '../../src/core/model/hlc.js';

/** A Monday morning, three o'clock UTC. */
export const NOW_MS = Date.UTC(2026, 10, 23, 3, 0, 0);

export const SETTINGS: SettingsReply = {
  'on-heal': 'manual',
  'partition-mode': 'available',
  'anonymous-clients': 'refuse',
  'set-aside-days': 7,
  'failure-timeout': 5000,
  'clock-skew-limit': 10_000,
};

export function replicaId(name: string): string {
  return Buffer.from(name.padEnd(8, '.')).toString('hex').slice(0, 16);
}

export function origin(name: string, boot = 1): string {
  return `${replicaId(name)}.${boot.toString(16).padStart(8, '0')}`;
}

export function base64(text: string | Uint8Array): string {
  return Buffer.from(text).toString('base64');
}

export function member(name: string, link: LinkState, more: Partial<MemberView> = {}): MemberView {
  return {
    replica: replicaId(name),
    name,
    address: `10.0.0.${name.charCodeAt(0) - 96}:7379`,
    memoryOnly: false,
    link,
    stateSinceMs: 180_000,
    lastHeardMs: link === 'down' ? NOW_MS - 12_000 : NOW_MS - 200,
    clockSkewMs: 3,
    roundTripMs: 0.4,
    lagWrites: 0,
    heldFrom: [],
    drillCut: false,
    ...more,
  };
}

/** The status of one node that sees the others as given: `{ b: 'in-sync', c: 'down' }`. */
export function status(name: string, sees: Record<string, LinkState>, more: Partial<StatusReply> = {}): StatusReply {
  const members = [member(name, 'self'), ...Object.entries(sees).map(([other, link]) => member(other, link))];
  members.sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    clusterId: 'c0ffee00c0ffee00',
    nowMs: NOW_MS,
    self: {
      replica: replicaId(name),
      name,
      address: member(name, 'self').address,
      boot: 1,
      pid: 4711,
      version: '0.1.0',
      memoryOnly: false,
      startedMs: NOW_MS - 86_400_000,
      state: 'serving',
      entries: 12_345,
      tombstones: 3,
      logRows: 0,
      byteCount: 1_000_000,
      diskBytes: 2_000_000,
      residentBytes: 90_000_000,
      allowsDrills: true,
      dir: `/var/lib/mneme/${name}`,
    },
    members,
    island: [name, ...Object.keys(sees).filter((other) => sees[other] === 'in-sync')].sort(),
    incidents: [],
    settings: SETTINGS,
    joining: null,
    notes: [],
    ...more,
  };
}

export function incident(more: Partial<IncidentView> = {}): IncidentView {
  return {
    id: '3f9c21ab',
    state: 'open',
    separatedMs: NOW_MS - 240_000,
    detectedMs: NOW_MS - 60_000,
    resolvedMs: null,
    islands: [
      { members: ['a', 'b'], replicas: [replicaId('a'), replicaId('b')], writes: 120 },
      { members: ['c'], replicas: [replicaId('c')], writes: 7 },
    ],
    strategy: null,
    by: null,
    asked: null,
    undoes: null,
    executor: null,
    counts: null,
    setAside: 0,
    problem: null,
    ...more,
  };
}

export const RESOLVED = incident({
  state: 'resolved',
  resolvedMs: NOW_MS - 5000,
  strategy: 'merge lww',
  by: 'operator',
  asked: 'ada@desk',
  executor: 'a',
  counts: { conflicts: 2, onlyHere: [100, 4], rewritten: 0, overridden: [1, 1], uncertain: 1 },
  setAside: 2,
});

/** As shown, and as carried out. */
export const NO_CHANGES: PlanChangesView = {
  changed: 0,
  changedKeys: [],
  otherwise: 0,
  otherwiseKeys: [],
  undecided: 0,
  missed: 0,
  missedKeys: [],
  gone: [],
  joined: [],
};

let nextSeq = 1;

export function entry(key: string, value: string | null, writer: string, more: Partial<EntryFacts> = {}): EntryFacts {
  const writtenMs = more.writtenMs ?? NOW_MS - 120_000;
  return {
    keyBase64: base64(key),
    database: 0,
    tombstone: value === null,
    hlc: hlcFromMs(writtenMs),
    writtenMs,
    origin: origin(writer),
    writer,
    seq: nextSeq++,
    expiryMs: 0,
    valueBytes: value?.length ?? 0,
    valueHash: value === null ? 0 : value.length * 31 + (value.charCodeAt(0) || 0),
    previewBase64: value === null ? null : base64(value.slice(0, 64)),
    ...more,
  };
}

export function conflict(key: string, versions: (EntryFacts | null)[], more: Partial<ConflictView> = {}): ConflictView {
  return {
    keyBase64: base64(key),
    database: 0,
    versions,
    outcome: 0,
    reason: 'later write',
    kind: 'changed',
    overridden: [1],
    uncertain: false,
    ...more,
  };
}

export function plan(more: Partial<PlanReply> = {}): PlanReply {
  return {
    digest: 'd1ge57d1ge57d1ge',
    incident: '3f9c21ab',
    separatedMs: NOW_MS - 240_000,
    islands: [
      { members: ['a', 'b'], replicas: [replicaId('a'), replicaId('b')], changedOnlyHere: 100 },
      { members: ['c'], replicas: [replicaId('c')], changedOnlyHere: 4 },
    ],
    absent: [],
    strategy: 'merge lww',
    executor: 'a',
    counts: { conflicts: 2, onlyHere: [100, 4], rewritten: 0, overridden: [1, 1], uncertain: 1 },
    conflicts: [
      conflict('cart:17', [
        entry('cart:17', '{"items":["book","lamp"]}', 'b', {
          writtenMs: NOW_MS - 90_000,
          expiryMs: NOW_MS + 3_600_000,
        }),
        entry('cart:17', '{"items":["book"]}', 'c', { writtenMs: NOW_MS - 100_000 }),
      ]),
      conflict('session:ada', [entry('session:ada', 'token-1', 'a'), entry('session:ada', null, 'c')], {
        outcome: 1,
        kind: 'deleted',
        overridden: [0],
        uncertain: true,
        reason: 'later write, by 2 ms',
      }),
    ],
    total: 2,
    truncated: false,
    summary: SUMMARY,
    skewMs: 4,
    ...more,
  };
}

const SUMS = { keys: 106, conflicts: 2, uncertain: 1, setAside: 2, bytes: 4096, onlyHere: [100, 4] };

const SUMMARY: PlanSummaryView = {
  groups: [
    { prefixBase64: base64('cart:'), database: 0, ...SUMS, keys: 104, conflicts: 1, uncertain: 0, setAside: 1 },
    { prefixBase64: base64('session:'), database: 0, ...SUMS, keys: 1, conflicts: 1, onlyHere: [0, 0], bytes: 24 },
  ],
  other: null,
  total: SUMS,
  kinds: { changed: 1, deleted: 1, touched: 0, alike: 0, 'one-sided': 104 },
  stands: [1, 1],
  setAsideBytes: [16, 2000],
};

export function setAside(key: string, value: string | null, more: Partial<SetAsideFacts> = {}): SetAsideFacts {
  return {
    incident: '3f9c21ab',
    database: 0,
    keyBase64: base64(key),
    island: 'c',
    overridden: entry(key, value, 'c', { writtenMs: NOW_MS - 100_000 }),
    standing: { hlc: hlcFromMs(NOW_MS - 90_000), origin: origin('b') },
    now: entry(key, `${key} of b`, 'b', { writtenMs: NOW_MS - 90_000 }),
    writtenSince: false,
    keptUntilMs: NOW_MS + 6 * 86_400_000,
    ...more,
  };
}

export function replicaReply(name: string, more: Partial<ReplicaReply> = {}): ReplicaReply {
  return {
    name,
    replica: replicaId(name),
    entries: 12_345,
    tombstones: 3,
    logRows: 17,
    vector: { seqs: { [origin('a')]: 120, [origin('b')]: 45 }, floors: {} },
    ownSeq: 120,
    durableSeq: 119,
    lacks: [],
    links: [],
    ...more,
  };
}

/** What one replica answers to DIGESTS and BUCKET, made from its entries. */
export function dataset(name: string, entries: EntryFacts[], seqs: Record<string, number>) {
  const vector = { seqs, floors: {} };
  const digests = new Array<number>(BUCKETS).fill(0);
  const bucketOfEntry = (item: EntryFacts) => bucketOf(fullKey(item.database, Buffer.from(item.keyBase64, 'base64')));
  for (const item of entries) {
    if (item.tombstone) continue;
    const bucket = bucketOfEntry(item);
    digests[bucket] = (digests[bucket]! + (item.hlc % 1_000_003) + item.valueHash + item.expiryMs) >>> 0;
  }
  return {
    DIGESTS: () => ({ name, digests, entries: entries.length, vector }),
    BUCKET: ({ buckets }: { buckets: number[] }) => ({
      buckets: buckets.map((bucket) => ({
        bucket,
        vector,
        nowMs: NOW_MS,
        entries: entries.filter((item) => bucketOfEntry(item) === bucket),
      })),
    }),
  };
}

/** What an undo of the values of an incident answers. */
export function undoReply(more: Partial<UndoReply> = {}): UndoReply {
  const { restored = 2, skipped = 1 } = more;
  const sums = { keys: restored + skipped, restored, deleted: 1, skipped, bytes: 16 };
  const sample = [
    { key: 'cart:17', action: 'restore', reason: 'as it was before', was: '{"items":["book"]}', now: '{"items":[]}' },
    { key: 'k', action: 'skip', reason: 'written again since', was: 'old', now: 'newer' },
    { key: 'session:ada', action: 'delete', reason: 'as it was before', was: null, now: 'token-1' },
  ] as const;
  return {
    incident: '3f9c21ab',
    restored,
    skipped,
    undoIncident: null,
    sample: sample.map(({ key, action, reason, was, now }) => ({
      keyBase64: base64(key),
      database: 0,
      action,
      reason,
      overridden: entry(key, was, 'c'),
      now: entry(key, now, 'b'),
    })),
    summary: { groups: [{ prefixBase64: base64('cart:'), database: 0, ...sums }], other: null, total: sums },
    ...more,
  };
}

/** A page of the values of an incident. */
export function setAsideReply(entries: SetAsideFacts[]): SetAsideReply {
  const sums = { values: entries.length, bytes: 40, deleted: 1, writtenSince: 1 };
  const groups = [{ prefixBase64: base64('cart:'), database: 0, ...sums }];
  return { entries, total: entries.length, truncated: false, summary: { groups, other: null, total: sums } };
}

/** A Redis with nothing to tell. */
export const ATTACHED: EngineView = {
  redis: 'redis://127.0.0.1:6379/0',
  keys: '*',
  state: 'attached',
  problem: null,
  product: 'Valkey',
  version: '8.0.1',
  counters: { captured: 5, applied: 3, overtaken: 1, unchanged: 0, evicted: 0 },
  toRead: 0,
  toWrite: 0,
  waitingMs: 0,
  evictedKeys: 0,
  refusedKeys: 0,
  leftOut: { count: 0, keys: [] },
  held: { missing: 0, different: 0, added: 0, doubtful: 0, of: 500, shares: [], sample: [] },
  obstacles: [],
  scan: null,
  scanMs: 12,
};
/** One that came back with less. */
export const HELD: EngineView = {
  ...ATTACHED,
  state: 'held',
  held: {
    missing: 12,
    different: 3,
    added: 1,
    doubtful: 2,
    of: 500,
    shares: [],
    sample: [{ keyBase64: 'a2V5', what: 'added' }],
  },
};
