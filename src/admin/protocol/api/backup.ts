/** What BACKUP and RESTORE take and reply. */

/**
 * begin: hold the files of the data directory as they are now; read: a piece of one of them; end: let them go. A node lets go of files
 * that nobody has read for a minute.
 */
export type BackupRequest =
  | { action: 'begin' }
  | { action: 'read'; id: string; file: number; offset: number }
  | { action: 'end'; id: string };

export interface BackupReply {
  id: string;
  /** Of `begin`: what is held. */
  held?: BackupFacts;
  /** Of `read`: the next bytes; empty: the file ends there. */
  base64?: string;
}

/** What a backup is of. */
export interface BackupFacts {
  name: string;
  replica: string;
  clusterId: string;
  /** Of mneme. */
  version: string;
  /** The moment: it holds all that this node had acknowledged, or taken in from others, and nothing later. */
  atMs: number;
  entries: number;
  /** Keys whose values, or parts, this node had evicted: those are not in it. */
  evicted: number;
  files: { name: string; bytes: number }[];
}

/** Entries of a backup, to be written anew; `stage`: a piece of a value that is too long for one request, which the last of `entries` takes. */
export interface RestoreRequest {
  /** Of the restore: its requests are one incident. */
  id: string;
  dryRun?: boolean;
  stage?: string;
  entries: RestoreEntry[];
}

export interface RestoreEntry {
  /** The full key, with its database. */
  keyBase64: string;
  /** Left out: what was staged. */
  valueBase64?: string;
  expiryMs: number;
  type?: number;
  /** gone: of a part that the backup has not; counted: of a key, nothing is written. */
  asks?: 'gone' | 'counted';
}

export interface RestoreReply {
  /** Keys that were not there. */
  created: number;
  /** Keys that had another value, or none by a delete; what they had is set aside. */
  overridden: number;
  /** Keys that have this very value: nothing is written. */
  same: number;
  /** Where what was overridden is; null: nothing was. */
  incident: string | null;
  /** Some of the overridden keys, as text or base64. */
  sample: { keyBase64: string }[];
  /** What became of each entry; of one that is counted the number of parts that a reader finds. */
  outcomes: RestoreOutcome[];
}

export type RestoreOutcome = 'created' | 'overridden' | 'same' | number;
