import type { EntryFacts, PartFacts } from './entries.js';
import type { Grouped } from './incidents.js';
import type { IncidentView } from './status.js';

/** Plans of a resolution: what PLAN, CHANGES, DECIDE and RESOLVE take and reply. */

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
  /** Absent: the whole key. */
  part?: PartFacts;
}

export interface PlanCounts {
  /** Keys, or parts of keys, changed on several islands to different versions. */
  conflicts: number;
  /** Keys, or parts of keys, changed on one island only, by island. */
  onlyHere: number[];
  /** Keys, or parts of keys, whose outcome is not LWW's and is written anew. */
  rewritten: number;
  /** Values overridden, by island: they are set aside. */
  overridden: number[];
  /** Conflicts whose versions lie closer than the measured clock skew. */
  uncertain: number;
  /** Conflicts that the policy leaves to the operator: as long as there are any, the plan is not carried out. Absent: none. */
  manual?: number;
  /** Keys of which several islands changed different parts: a merge does so part by part, and they are no conflicts. Absent: none. */
  merged?: number;
  /** Those among them of which islands made different kinds: readers find the kind that was written last. Absent: none. */
  twofold?: number;
}

/** Sums over the keys of a plan, and over the parts of keys that it is about: each of those is a row of its own. */
export interface PlanSums {
  /** Each once, however many of its parts the plan is about. */
  keys: number;
  /** Absent: the node is of a version that counts them as keys. */
  parts?: number;
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
  /** Keys, and parts of keys, by how the versions differ. */
  kinds: Record<ConflictView['kind'], number>;
  /** Conflicts by the island whose version stands. */
  stands: number[];
  /** Bytes of the values that are set aside, by island. */
  setAsideBytes: number[];
  /**
   * Keys that stand as one island has them as a whole, where others changed parts. All else that those have of them is set aside too, and is
   * in no count of a plan: it is read when the plan is carried out. Absent: the node is of a version that does not say.
   */
  wholeKeys?: number;
}

export interface ConflictView extends KeyName {
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
  /** Present: a part that goes with its key, which is a conflict of its own: there is nothing to be decided here. */
  follows?: true;
}

/** At most this many conflicts are in one reply. */
export const PLAN_PAGE_MAX = 1000;

/**
 * MNEME CHANGES {"known": [vector, …], "upto": vector, "cursor"?, "limit"?: 10000, "keysOnly"?: true}: the node's versions of keys that
 * one with any of the known vectors lacks, in pages; a key may come in several of them. Or {"keys": [{"keyBase64","database","part"?}, …]}: its
 * versions of these keys, as far as it has any. So islands are compared that do not hear each other.
 */
export interface ChangesReply {
  entries: EntryFacts[];
  /** With `keysOnly`, in the place of the entries: `database/base64`, of a part that of its key. */
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

export interface OtherOutcomeView extends KeyName {
  /** The version that was shown to stand; null: the key would have been absent. */
  shown: EntryFacts | null;
  shownMembers: string[];
  /** The version that stands; null: the key is absent, or the island that stood is out of reach. */
  now: EntryFacts | null;
  nowMembers: string[];
  reason: string;
}
