import type { PlanCounts } from './plans.js';

/** What STATUS, ENGINE and SETTINGS reply. */

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
    /** Where its log goes, on its machine; absent or null: into no file. */
    logFile?: string | null;
    /** Where a browser finds its dashboard, as a URL of where it listens; absent or null: it serves none. */
    dashboard?: string | null;
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
  /** Keys whose values, or parts, are here as stubs alone: others may still have them. One that was written since by its parts is among `entries`, too. */
  evicted: number;
  /** Keys evicted since the node's start. */
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

/** MNEME SETTINGS, MNEME SET {"key","value","force"?} */
export interface SettingsReply {
  /** merge, promote-oldest, promote-largest, manual, or a merge policy, as `--policy` takes it. */
  'on-heal': string;
  'partition-mode': 'available' | 'majority';
  /** Whether clients that do not say who they are may do everything, once there is a user. */
  'anonymous-clients': 'refuse' | 'allow';
  /** Days that set-aside values are kept. */
  'set-aside-days': number;
  'failure-timeout': number;
  'clock-skew-limit': number;
}
