import type { HealthReply } from './health.js';
/**
 * The admin API: what `MNEME <VERB> [JSON]` takes and gives on a node's port, as JSON text. The CLI is its first user.
 * Shapes here are a promise; fields may be added. Byte strings (keys, values) travel as base64 in fields named `...Base64`.
 * Times are Unix milliseconds in fields named `...Ms`, durations too.
 */

export type LinkState = 'self' | 'in-sync' | 'catching-up' | 'held' | 'down' | 'clock-skew' | 'joining' | 'connecting';

/** A vector as text-friendly data. */
export interface VectorJson {
  seqs: Record<string, number>;
  floors: Record<string, number>;
}

/** One member as the answering node sees it. */
export interface MemberView {
  replica: string;
  name: string;
  address: string;
  memoryOnly: boolean;
  link: LinkState;
  /** How long the member has been in this state. */
  stateSinceMs: number;
  /** Unix time of the last beat heard, over any link; null: never. */
  lastHeardMs: number | null;
  /** The member's clock minus ours. */
  clockSkewMs: number | null;
  roundTripMs: number | null;
  /** Writes we have that the member has not acknowledged. */
  lagWrites: number;
  /** Names of members that this one is held apart from, as it says. */
  heldFrom: string[];
  /** A drill cut the link on purpose. */
  drillCut: boolean;
}

interface IncidentIsland {
  /** Member names, and their replica ids in the same order. */
  members: string[];
  replicas: string[];
  /** Writes accepted since the separation, at detection. */
  writes: number;
}

export interface IncidentView {
  id: string;
  state: 'open' | 'resolving' | 'resolved' | 'undone';
  separatedMs: number;
  detectedMs: number;
  resolvedMs: number | null;
  islands: IncidentIsland[];
  /** "merge lww", "promote b", …, "undo", "engine attach", "engine absence", "engine restore", "engine confirm-loss"; null while open. */
  strategy: string | null;
  /** "on-heal" or "operator". */
  by: string | null;
  /** Who asked for it, and on which machine: `ada@desk`; null: nobody did, or it is not known. */
  asked: string | null;
  /** Of an undo: the incident of which it restored values, and whether it was of some of them only; null: it is none. */
  undoes: { incident: string; isPartial: boolean } | null;
  /** Name of the node that carried the resolution out. */
  executor: string | null;
  executorReplica?: string | null;
  counts: PlanCounts | null;
  /** How many values were set aside and can be listed and restored. */
  setAside: number;
  /** Why a resolution was not carried out yet (retries go on), else null. */
  problem: string | null;
}

/** MNEME STATUS */
export interface StatusReply {
  clusterId: string;
  nowMs: number;
  self: {
    replica: string;
    name: string;
    address: string;
    boot: number;
    /** Whether it founded its cluster when it was started this time. */
    founded?: boolean;
    /** Of mneme, and of the Node.js that it runs on. */
    version: string;
    nodeVersion?: string;
    pid: number;
    memoryOnly: boolean;
    startedMs: number;
    /** gathering: it looks for a cluster, or for nodes to found one with, and answers LOADING, as while it is loading; read-only: the disk takes no writes; no-quorum: they are refused (partition-mode majority). */
    state: 'gathering' | 'loading' | 'joining' | 'serving' | 'read-only' | 'no-quorum' | 'stopping';
    /** How long it has been in that state. */
    stateSinceMs?: number;
    entries: number;
    tombstones: number;
    logRows: number;
    byteCount: number;
    diskBytes: number;
    residentBytes: number;
    allowsDrills: boolean;
    dir: string | null;
    /** What the entries take in memory, and the limit. */
    memory?: MemoryView;
    /** Of a node beside a Redis; absent or null: the node holds its entries itself. */
    engine?: EngineView | null;
  };
  /** All members, the answering node included, in order of their names. */
  members: MemberView[];
  /** Names of the members in the answering node's island, itself included. */
  island: string[];
  /** Split-brains that are not resolved, as far as the node knows. */
  incidents: IncidentView[];
  /** Ids of the latest that it knows to be resolved: somebody who was cut off may not. */
  resolved?: string[];
  settings: SettingsReply;
  /** Progress of a snapshot being received; null if none. */
  joining: { from: string; entries: number; entriesExpected: number } | null;
  notes: string[];
  /** What is wrong at this node until it is mended; absent: nothing. */
  problems?: ProblemView[];
}

/** Something that is wrong at a node until it is mended. Any of them makes a status unhealthy (exit code 3). */
export interface ProblemView {
  /** What it is about, as a stable word. */
  kind: string;
  /** Which one of its kind; may be empty. */
  subject: string;
  text: string;
  /** A command to type next; null: none helps. */
  next: string | null;
  sinceMs: number;
}

/** What a node's entries take in memory, against its limit. */
export interface MemoryView {
  usedBytes: number;
  /** 0: no limit. */
  maxBytes: number;
  policy: 'noeviction' | 'allkeys-lru' | 'volatile-ttl';
  /** Entries of which only a stub is left here: others may still have their values. Not among `entries`. */
  evicted: number;
  /** Evictions since the node's start. */
  evictions: number;
  /** Over the limit, and nothing can be evicted: clients' writes that grow are refused. */
  isFull: boolean;
}

/** The Redis that a node is attached to, and how far the two are the same. */
export interface EngineView {
  /** Its address, without a password. */
  redis: string;
  /** The pattern of the keys that are replicated. */
  keys: string;
  /** held: Redis may have lost data; what it lacks or has otherwise is not replicated until the operator decides. */
  state: 'waiting' | 'connecting' | 'scanning' | 'attached' | 'held';
  /** Why it is not attached, or takes no writes; null: all is well. */
  problem: string | null;
  /** What the server is, and its version; null: it was not reached yet. */
  product: 'Redis' | 'Valkey' | null;
  version: string | null;
  counters: { captured: number; applied: number; overtaken: number; unchanged: number; evicted: number };
  toRead: number;
  toWrite: number;
  /** For how long the first of those that could pass has been waiting. */
  waitingMs: number;
  /** Keys that Redis evicted, and the node and its peers still have. */
  evictedKeys: number;
  /** Keys whose value this Redis does not take. */
  refusedKeys: number;
  /** Keys that are left out by themselves until they pass, in all and the first of them; a key's first 256 bytes. */
  leftOut: {
    count: number;
    keys: readonly { keyBase64: string; way: 'from-redis' | 'to-redis'; reason: string; sinceMs: number }[];
  };
  /**
   * What waits for the operator. added: only Redis has them. doubtful: missing, evicted or deleted, and not held. `shares`: by
   * the masters of a Redis Cluster that the keys are of; empty for a single server. `sample`: the first of them.
   */
  held: {
    missing: number;
    different: number;
    added: number;
    doubtful: number;
    of: number;
    shares: readonly { server: string; missing: number; different: number; added: number }[];
    sample: readonly { keyBase64: string; what: 'missing' | 'different' | 'added' | 'doubtful' }[];
  };
  /** What keeps some keys from being replicated, and what to do about it. */
  obstacles: readonly { keys: number; text: string; next: string }[];
  scan: { checked: number; of: number } | null;
  /** How long the last comparison of all keys took. */
  scanMs: number | null;
}

/** MNEME ENGINE {"action": "status" | "restore" | "confirm-loss"}. `keys`: how many the action settled. */
export interface EngineReply {
  name: string;
  replica: string;
  engine: EngineView;
  keys: number;
}

/** MNEME REPLICA */
export interface ReplicaReply {
  name: string;
  replica: string;
  entries: number;
  /** Entries of which only a stub is left here. */
  evicted?: number;
  tombstones: number;
  logRows: number;
  vector: VectorJson;
  /** Own writes accepted so far in this boot, and how many of them are durable. */
  ownSeq: number;
  durableSeq: number;
  /** Of a node beside a Redis; absent or null: the node holds its entries itself. */
  engine?: EngineView | null;
  /** What this node lacks of what each peer has acknowledged to have: per peer and origin. */
  lacks: { peer: string; origin: string; from: number; upto: number }[];
  links: {
    peer: string;
    state: LinkState;
    address: string;
    /** Writes the peer lacks of ours, and we of theirs. */
    sendLag: number;
    receiveLag: number;
    roundTripMs: number | null;
    clockSkewMs: number | null;
    bytesSent: number;
    bytesReceived: number;
    connectedSinceMs: number | null;
  }[];
}

/**
 * MNEME DIGESTS {"values": …}: one sum per bucket over all non-garbage entries of the data group: of their keys and versions, which
 * costs nothing; with `values` also of their values and expiries, which reads all entries.
 */
export interface DigestsReply {
  name: string;
  /** BUCKETS numbers. With `values` buckets are read in slices: verify a differing one by MNEME BUCKET, which is atomic. */
  digests: number[];
  entries: number;
  vector: VectorJson;
}

/**
 * MNEME BUCKET {"buckets": [n, …]}: entries of some buckets, each with the vector of the same moment. Where they are many, of
 * the first of the buckets alone, one at least.
 */
export interface BucketReply {
  buckets: { bucket: number; vector: VectorJson; nowMs: number; entries: EntryFacts[] }[];
}

export interface EntryFacts {
  keyBase64: string;
  database: number;
  tombstone: boolean;
  /** Present: the value was evicted on this replica. It is no delete: version and expiry stand. */
  evicted?: true;
  /** As Redis' TYPE says it; absent: a string. The value of another type is what DUMP gives. */
  type?: 'hash' | 'list' | 'set' | 'zset' | 'stream' | 'other';
  hlc: number;
  /** Unix time of the HLC. */
  writtenMs: number;
  origin: string;
  /** Name of the member that wrote it, or its replica id if it is no member. */
  writer: string;
  seq: number;
  expiryMs: number;
  /** The last change of the expiry alone since the value was written; absent: there was none. */
  touch?: TouchFacts;
  valueBytes: number;
  /** 32-bit hash of the value, 0 for a tombstone. */
  valueHash: number;
  /** The first bytes of the value (at most 64). */
  previewBase64: string | null;
}

export interface TouchFacts {
  hlc: number;
  writtenMs: number;
  origin: string;
  /** As that of an entry. */
  writer: string;
  seq: number;
}

/** MNEME ENTRY {"database": 0, "keyBase64": "..."} : this replica's version of a key, null if it has none. */
export interface EntryReply {
  name: string;
  entry: EntryFacts | null;
  /** Whether a reader finds a value now. */
  live: boolean;
  vector: VectorJson;
  setAside: SetAsideFacts[];
}

/**
 * MNEME LIST {"database","cursor","limit","prefixBase64"?,"values"?}: entries from a bucket cursor on; cursor null at the end.
 * A value for which a page has no room is left out: it is to be had by GET.
 */
export interface ListReply {
  entries: (EntryFacts & { valueBase64?: string })[];
  cursor: number | null;
}

/** `rules`: by how keys begin, as `readPolicy` reads them. */
export type KnownPolicyRequest = 'lww' | 'keep-longest-ttl' | { prefer: string } | { rules: string };

export type StrategyRequest =
  | { kind: 'merge'; policy: KnownPolicyRequest }
  /**
   * What is decided key by key; `decisions`: the digest of the plan on which MNEME DECIDE said what stands. `otherwise`: what decides
   * the rest; without it the last write does, and such keys count as undecided.
   */
  | { kind: 'merge'; policy: 'custom'; name: string; decisions?: string; otherwise?: KnownPolicyRequest }
  | { kind: 'promote'; node: string };

/** Which rows of a plan, or values of an incident, are asked for. All that is given must hold. */
export interface RowFilterJson {
  prefixBase64?: string;
  /** Left out: all databases. */
  database?: number;
  /** Left out: what is decided, which is conflicts and what is overridden. deleted: an island deleted the key. */
  only?: RowClass;
  /** Only what this island changed: the name of a member, or its number, from 1, in the order in which islands are shown. */
  island?: string;
}
export const ROW_CLASSES = ['conflicts', 'one-sided', 'deleted', 'uncertain'] as const;
export type RowClass = (typeof ROW_CLASSES)[number];

/**
 * MNEME PLAN {"strategy": StrategyRequest, "limit": 100, "offset": 0, ...RowFilterJson, "undecided"?: true, "groups"?: 10}
 * What a resolution would do now. Conflicts come in pages, in key order of the plan, of no more than PLAN_PAGE_MAX; the further pages are
 * asked for with {"plan": digest} in the place of the strategy, and come from the very plan that the first is from. With `groups` the
 * reply has a summary, by so many beginnings of keys at most.
 */
export interface PlanReply {
  /** 16 hex digits over islands, strategy, and each listed key's versions and outcome. The node keeps the plan for an hour or so. */
  digest: string;
  incident: string | null;
  separatedMs: number;
  islands: { members: string[]; replicas: string[]; changedOnlyHere: number }[];
  /** Names of the members that are of none of these islands: they are out of reach, and compared on their return. */
  absent: string[];
  /** Their replica ids, in the same order. */
  absentReplicas?: string[];
  strategy: string;
  executor: string;
  counts: PlanCounts;
  /** With changes of one island only that the strategy overrides (promote), one side null; others only where they are asked for. */
  conflicts: ConflictView[];
  /** How many there are of what was asked for, in all pages. */
  total: number;
  /** There are more than these. */
  truncated: boolean;
  /** The groups are of the keys with the asked beginning, all else is of the whole plan; null: it was not asked for. */
  summary: PlanSummaryView | null;
  /** Clock skew between the islands that was measured, for `uncertain`. */
  skewMs: number;
  /** Present: the islands do not hear each other. It was put together from what each of them says, and nothing can be carried out of it. */
  preliminary?: true;
  /** With the first page of a plan for which it was decided key by key. */
  picks?: PicksView;
}

/** How the picks of an operator fit a plan. Of the keys the first 100 are named. */
export interface PicksView {
  /** Carried out. */
  held: number;
  /** About other versions than these: not carried out. */
  missed: number;
  missedKeys: KeyName[];
  /** Conflicts without a pick. */
  unpicked: number;
  unpickedKeys: KeyName[];
}

export interface KeyName {
  keyBase64: string;
  database: number;
}

export interface PlanCounts {
  /** Keys changed on several islands to different versions. */
  conflicts: number;
  /** Keys changed on one island only, by island. */
  onlyHere: number[];
  /** Keys whose outcome is not LWW's and is written anew. */
  rewritten: number;
  /** Values overridden, by island: they are set aside. */
  overridden: number[];
  /** Conflicts whose versions lie closer than the measured clock skew. */
  uncertain: number;
  /** Conflicts that the policy leaves to the operator: as long as there are any, the plan is not carried out. Absent: none. */
  manual?: number;
}

/** Sums over the keys of a plan. */
export interface PlanSums {
  keys: number;
  conflicts: number;
  uncertain: number;
  /** Values that are set aside. */
  setAside: number;
  /** Of all values that the islands have written under these keys. */
  bytes: number;
  /** Keys that one island alone changed, by island. */
  onlyHere: number[];
}

export interface PlanSummaryView extends Grouped<PlanSums> {
  /** Keys by how the versions differ. */
  kinds: Record<ConflictView['kind'], number>;
  /** Conflicts by the island whose version stands. */
  stands: number[];
  /** Bytes of the values that are set aside, by island. */
  setAsideBytes: number[];
}

export interface ConflictView {
  keyBase64: string;
  database: number;
  /** One per island in the order of the islands; null: that island did not change it (or has no entry). */
  versions: (EntryFacts | null)[];
  /** Index of the island whose version stands; null: the policy leaves it to the operator. */
  outcome: number | null;
  reason: string;
  /** deleted: here, and changed there; touched: only the expiry differs; alike: nothing that a reader sees; one-sided: one island alone changed it. */
  kind: 'changed' | 'deleted' | 'touched' | 'alike' | 'one-sided';
  /** The islands whose versions are set aside. */
  overridden: number[];
  uncertain: boolean;
  /** Present: the values were not looked at. Of them only the length is known: no beginning, and no hash. */
  lengthOnly?: true;
  /** Present: the policy of the operator's own was not asked about these versions. */
  undecided?: true;
}

/** At most this many conflicts are in one reply. */
export const PLAN_PAGE_MAX = 1000;

/**
 * MNEME CHANGES {"known": [vector, …], "upto": vector, "cursor"?, "limit"?: 10000, "keysOnly"?: true}: the node's versions of keys that
 * one with any of the known vectors lacks, in pages; a key may come in several of them. Or {"keys": [{"keyBase64","database"}, …]}: its
 * versions of these keys, as far as it has any. So islands are compared that do not hear each other.
 */
export interface ChangesReply {
  entries: EntryFacts[];
  /** With `keysOnly`, in the place of the entries: `database/base64`. */
  keys: string[];
  /** The greatest HLC among them; 0: there are none. */
  lastHlc: number;
  /** null: that was all. */
  next: { origin: number; seq: number } | null;
}

/**
 * MNEME DECIDE {"plan": digest, "decisions"?: [{"keyBase64","database","replica"}, …], "picks"?: [PickRequest, …]}: what a policy of
 * the operator's own, or the operator, said of conflicts of a plan, in as many calls as are needed. `replica` is a member of the
 * island whose version stands.
 */
export interface DecideReply {
  /** On this plan and those that it follows from. */
  decided: number;
  /** Picks of keys that are no conflicts of the plan: they were not taken. */
  missed: KeyName[];
}

/** An operator's pick: which of the versions that were looked at stands. */
export interface PickRequest extends KeyName {
  candidates: VersionName[];
  /** Index in `candidates`. */
  stands: number;
}

export interface VersionName {
  hlc: number;
  origin: string;
  touch?: { hlc: number; origin: string };
}

/**
 * MNEME RESOLVE {"strategy": StrategyRequest, "incident"?: id, "plan"?: digest, "ask"?: true, "exact"?: true}: carries a resolution out;
 * answers when it is done. `plan`: what was shown, so that the reply tells what came out otherwise. With `ask` nothing is changed
 * where something would, with `exact` where a pick that was shown would not be carried out: the incident is open then, and
 * `askAbout` is the digest of the plan to be asked about.
 */
export interface ResolveReply {
  incident: IncidentView;
  /** Compared with the plan that was named; null: none was, or there was none to compare. */
  changes: PlanChangesView | null;
  askAbout: string | null;
}

/** How what was carried out differs from what was shown. Of the keys the first 100 are named. */
export interface PlanChangesView {
  /** Keys written since, decided by the same strategy, and not otherwise than was shown. */
  changed: number;
  changedKeys: KeyName[];
  /** Keys whose decision was shown, and comes out otherwise. */
  otherwise: number;
  otherwiseKeys: OtherOutcomeView[];
  /** Keys about whose versions a policy of the operator's own was not asked: the last write stands. */
  undecided: number;
  /** Keys whose pick was shown, and is not carried out. */
  missed: number;
  missedKeys: KeyName[];
  /** Members of islands that were shown, and are out of reach. */
  gone: string[];
  /** Members that were not shown, and take part. */
  joined: string[];
}

export interface OtherOutcomeView {
  keyBase64: string;
  database: number;
  /** The version that was shown to stand; null: the key would have been absent. */
  shown: EntryFacts | null;
  shownMembers: string[];
  /** The version that stands; null: the key is absent, or the island that stood is out of reach. */
  now: EntryFacts | null;
  nowMembers: string[];
  reason: string;
}

/** MNEME INCIDENTS: newest first. */
export interface IncidentsReply {
  incidents: IncidentView[];
}

export interface SetAsideFacts {
  incident: string;
  database: number;
  keyBase64: string;
  /** Names of the island's members whose value this was. */
  island: string;
  /** The overridden entry. valueBase64 only if asked for with "values": true. */
  overridden: EntryFacts & { valueBase64?: string };
  /** The version that stood, as hlc and origin. */
  standing: VersionName;
  /** What the key has now on the answering node; null: no entry. */
  now: EntryFacts | null;
  /** The key was written again since the value was set aside. */
  writtenSince: boolean;
  /** When the record is dropped. */
  keptUntilMs: number;
}

export interface AsideSums {
  values: number;
  bytes: number;
  /** Of the values, those that are deletes, and those of keys that were written again since. */
  deleted: number;
  writtenSince: number;
}

/** Sums by how the keys begin. */
export interface Grouped<S> {
  /** The largest first: see `groupOf`. */
  groups: (S & { prefixBase64: string; database: number })[];
  /** All further groups, and how many they are; null: there are none. */
  other: (S & { groups: number }) | null;
  total: S;
}

/** MNEME SETASIDE {"incident": id, "offset": 0, "limit": 100, ...RowFilterJson, "groups"?: 10, "values"?: true}: in the order of the keys. */
export interface SetAsideReply {
  entries: SetAsideFacts[];
  /** How many there are of what was asked for, in all pages. */
  total: number;
  truncated: boolean;
  /** null: it was not asked for. */
  summary: Grouped<AsideSums> | null;
}

export interface UndoSums {
  keys: number;
  restored: number;
  /** Keys whose overridden delete is carried out after all. */
  deleted: number;
  skipped: number;
  /** Of the values that are written anew. */
  bytes: number;
}

/**
 * MNEME UNDO {"incident": id, "keyBase64"?: string, "database"?: 0, "only"?, "prefixBase64"?, "island"?, "dryRun"?: true, "asked"?: "ada@desk",
 * "offset"?: 0, "limit"?: 100, "groups"?: 10}. A filter is a scope here: the other keys are left as they are.
 */
export interface UndoReply {
  incident: string;
  /** Keys whose overridden value was (would be) written anew. */
  restored: number;
  /** Keys written again since the resolution: left as they are unless named by key. */
  skipped: number;
  /** The incident record under which the undo itself can be undone; null on a dry run or if nothing was restored. */
  undoIncident: string | null;
  /** In the order of the keys. `overridden`: what was set aside; `now`: what the key had before the undo. */
  sample: {
    keyBase64: string;
    database: number;
    action: 'restore' | 'delete' | 'skip';
    reason: string;
    overridden: EntryFacts;
    now: EntryFacts | null;
  }[];
  summary: Grouped<UndoSums>;
}

/** MNEME SETTINGS, MNEME SET {"key","value","force"?} */
export interface SettingsReply {
  /** merge, promote-oldest, promote-largest, manual, or a merge policy, as `--policy` takes it. */
  'on-heal': string;
  'partition-mode': 'available' | 'majority';
  /** Days that set-aside values are kept. */
  'set-aside-days': number;
  'failure-timeout': number;
  'clock-skew-limit': number;
}

/** What is at an address that was found. */
export interface PlaceView {
  address: string;
  /** The mechanisms that name it, as `--discover` does; none: only other nodes do. */
  from: string[];
  /**
   * What answers there. member: of this node's cluster; stranger: of another one; waiting: it has no cluster yet. null: there is no
   * answer.
   */
  is: 'self' | 'member' | 'stranger' | 'waiting' | null;
  name: string | null;
  replica: string | null;
  clusterId: string | null;
  /** Of one that waits: how many nodes found a cluster together. */
  expects: number | null;
  /** Why there is no answer; null: there is one. */
  failure: string | null;
}

/** MNEME DISCOVER: every mechanism is asked now, and everybody that it finds. */
export interface DiscoverReply {
  name: string;
  replica: string;
  address: string;
  clusterId: string | null;
  mechanisms: { text: string; found: number | null; failure: string | null }[];
  places: PlaceView[];
  /** Members that no mechanism has found, and whether this node has a link to them. */
  missed: { name: string; replica: string; address: string; linked: boolean }[];
}

/** MNEME DRILL {"cut": [names]} | {"heal": true} | {}. `cut` replaces the list of members that this node is cut from. */
export interface DrillReply {
  allowed: boolean;
  cut: string[];
}

/** MNEME FORGET {"node": name, "force"?: the cluster's id, where the node has no quorum}, MNEME LEAVE, MNEME STOP */
export interface DoneReply {
  done: true;
  message: string;
}

/** MNEME DRAIN {"dryRun"?: true}: the node leaves, if nobody uses it. */
export interface DrainReply {
  node: string;
  address: string;
  /** The members that have, or will have, all that it holds. */
  holders: string[];
  /** Clients that are connected, as address or address and name. */
  clients: string[];
  /** Keys of the Redis beside it that are still to be read. */
  waiting: number;
  /** It has left, and its process ends. */
  drained: boolean;
}

/** An error reply of the admin API is the text `MNEMEERR <JSON of this>`. */
export interface AdminErrorJson {
  code: string;
  message: string;
  /** A command to type next, or null. */
  hint: string | null;
  exitCode: number;
}

export interface AdminApi {
  STATUS: { request: Record<string, never>; reply: StatusReply };
  REPLICA: { request: Record<string, never>; reply: ReplicaReply };
  DIGESTS: { request: { values?: boolean }; reply: DigestsReply };
  BUCKET: { request: { buckets: number[] }; reply: BucketReply };
  ENTRY: { request: { database: number; keyBase64: string }; reply: EntryReply };
  LIST: {
    request: { database: number; cursor: number; limit: number; prefixBase64?: string; values?: boolean };
    reply: ListReply;
  };
  PLAN: {
    request: {
      strategy?: StrategyRequest;
      plan?: string;
      limit: number;
      offset: number;
      undecided?: boolean;
      groups?: number;
    } & RowFilterJson;
    reply: PlanReply;
  };
  CHANGES: {
    request: {
      known?: VectorJson[];
      upto?: VectorJson;
      cursor?: { origin: number; seq: number };
      limit?: number;
      keysOnly?: boolean;
      keys?: { keyBase64: string; database: number }[];
    };
    reply: ChangesReply;
  };
  DECIDE: {
    request: { plan: string; decisions?: (KeyName & { replica: string })[]; picks?: PickRequest[] };
    reply: DecideReply;
  };
  RESOLVE: {
    request: {
      strategy: StrategyRequest;
      incident?: string;
      plan?: string;
      ask?: boolean;
      asked?: string;
      exact?: boolean;
    };
    reply: ResolveReply;
  };
  INCIDENTS: { request: Record<string, never>; reply: IncidentsReply };
  SETASIDE: {
    request: { incident: string; offset?: number; limit: number; values?: boolean; groups?: number } & RowFilterJson;
    reply: SetAsideReply;
  };
  UNDO: {
    request: {
      incident: string;
      keyBase64?: string;
      database?: number;
      dryRun?: boolean;
      asked?: string;
      offset?: number;
      limit?: number;
      groups?: number;
    } & Omit<RowFilterJson, 'database'>;
    reply: UndoReply;
  };
  SETTINGS: { request: Record<string, never>; reply: SettingsReply };
  SET: { request: { key: string; value: string; force?: string }; reply: SettingsReply };
  FORGET: { request: { node: string; force?: string }; reply: DoneReply };
  LEAVE: { request: Record<string, never>; reply: DoneReply };
  DRAIN: { request: { dryRun?: boolean }; reply: DrainReply };
  STOP: { request: Record<string, never>; reply: DoneReply };
  ENGINE: { request: { action: 'status' | 'restore' | 'confirm-loss' }; reply: EngineReply };
  DISCOVER: { request: Record<string, never>; reply: DiscoverReply };
  DRILL: { request: { cut?: string[]; heal?: boolean }; reply: DrillReply };
  HEALTH: { request: Record<string, never>; reply: HealthReply };
}
export type AdminVerb = keyof AdminApi;
