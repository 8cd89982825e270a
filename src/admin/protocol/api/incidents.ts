import type { EntryFacts } from './entries.js';
import type { KeyName, VersionName } from './plans.js';
import type { IncidentView } from './status.js';

/** What INCIDENTS, SETASIDE and UNDO reply. */

/** MNEME INCIDENTS: newest first. */
export interface IncidentsReply {
  incidents: IncidentView[];
}

export interface SetAsideFacts extends KeyName {
  incident: string;
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
  sample: (KeyName & {
    action: 'restore' | 'delete' | 'skip';
    reason: string;
    overridden: EntryFacts;
    now: EntryFacts | null;
  })[];
  summary: Grouped<UndoSums>;
}
