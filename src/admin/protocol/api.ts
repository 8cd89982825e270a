import type { BackupReply, BackupRequest, RestoreReply, RestoreRequest } from './api/backup.js';
import type { BucketReply, DigestsReply, EntryReply, ListReply, ReplicaReply } from './api/entries.js';
import type { EventsReply } from './api/events.js';
import type { IncidentsReply, SetAsideReply, UndoReply } from './api/incidents.js';
import type { LimitsReply } from './api/limits.js';
import type {
  ChangesReply,
  DecideReply,
  KeyName,
  PickRequest,
  PlanReply,
  ResolveReply,
  RowFilterJson,
  StrategyRequest,
} from './api/plans.js';
import type { PrefixesReply, PulseReply } from './api/pulse.js';
import type { EngineReply, SettingsReply, StatusReply, VectorJson } from './api/status.js';
import type { SupportReply } from './api/support.js';
import type { UserRequest, UsersReply } from './api/users.js';
import type { HealthReply } from './health.js';

/**
 * The admin API: what `MNEME <VERB> [JSON]` takes and gives on a node's port, as JSON text. The CLI is its first user.
 * Shapes here are a promise; fields may be added. Byte strings (keys, values) travel as base64 in fields named `...Base64`.
 * Times are Unix milliseconds in fields named `...Ms`, durations too.
 */

export * from './api/backup.js';
export * from './api/entries.js';
export * from './api/events.js';
export * from './api/incidents.js';
export * from './api/limits.js';
export * from './api/plans.js';
export * from './api/pulse.js';
export * from './api/status.js';
export * from './api/support.js';
export * from './api/users.js';

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
  ENTRY: { request: KeyName & { valueBytes?: number }; reply: EntryReply };
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
      keys?: KeyName[];
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
  LIMITS: { request: Record<string, never>; reply: LimitsReply };
  PULSE: { request: Record<string, never>; reply: PulseReply };
  PREFIXES: { request: { database: number; prefixBase64: string; limit: number }; reply: PrefixesReply };
  USERS: { request: Record<string, never>; reply: UsersReply };
  USER: { request: UserRequest; reply: UsersReply };
  HEALTH: { request: Record<string, never>; reply: HealthReply };
  BACKUP: { request: BackupRequest; reply: BackupReply };
  RESTORE: { request: RestoreRequest; reply: RestoreReply };
  SUPPORT: { request: Record<string, never>; reply: SupportReply };
  EVENTS: {
    request: {
      after?: number;
      sinceMs?: number;
      kinds?: string[];
      limit?: number;
      waitMs?: number;
      remarks?: boolean;
    };
    reply: EventsReply;
  };
}
export type AdminVerb = keyof AdminApi;
