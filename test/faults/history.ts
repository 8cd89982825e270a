/** What orders two writes of a key, as MNEME ENTRY tells it. */
export interface Version {
  readonly hlc: number;
  readonly origin: string;
}

/** What another node had of a key after a WAIT had been answered. */
export interface Witness {
  readonly node: string;
  /** unreachable: it did not answer; null: it has no entry, not even that of a delete. */
  readonly version: Version | 'unreachable' | null;
}

interface Asked {
  readonly client: string;
  /** Through which node. */
  readonly node: string;
  readonly key: string;
  readonly startMs: number;
  /** When the reply was there, or the client gave up. */
  readonly endMs: number;
}

/** refused: by an error that says that nothing was written. unknown: it may have been executed, or may be yet. */
export type Outcome = 'done' | 'refused' | 'unknown';

export interface Write extends Asked {
  readonly kind: 'set' | 'setex' | 'del';
  /** Unique among all writes; a value begins with it. */
  readonly id: string;
  readonly outcome: Outcome;
  /** Of a DEL: whether there was something to delete; else true. */
  readonly hadEffect: boolean;
  /** Of a SETEX; else null. */
  readonly ttlMs: number | null;
  /** null: it is not known, since another write was there already when it was asked for. */
  readonly version: Version | null;
  /** What a WAIT right after it was answered; null: there was none, or no answer. */
  readonly waited: number | null;
  readonly witnesses: readonly Witness[];
}

/** A GET that was answered. */
export interface Read extends Asked {
  readonly kind: 'get';
  /** The id of the write whose value it is; null: there was no value. */
  readonly id: string | null;
  /** What the key had right after; null: no entry. */
  readonly version: Version | null;
}

export type Operation = Write | Read;

/** What a node has of a key in the end. */
export interface Final {
  readonly id: string | null;
}

/** A version that a resolution overrode and kept. */
export interface Aside {
  readonly key: string;
  /** null: a delete. */
  readonly id: string | null;
  readonly version: Version;
  /** Of what an undo overrode: when the resolution that it undoes was done. What stood then may be gone, and its version with it. */
  readonly undoneMs?: number | undefined;
}

/** What its node wrote between the two times, and nobody received, is gone, as README says: its directory was put back. */
export interface SetBack {
  readonly node: string;
  readonly copiedMs: number;
  readonly putBackMs: number;
  /** It keeps nothing, and was killed: that is the second time, and the first one what the history says of it. Else absent. */
  readonly isMemory?: true;
}

/** A node that was cut off from all others, none of which had any other trouble meanwhile. */
export interface Cut {
  readonly node: string;
  readonly others: readonly string[];
  readonly fromMs: number;
  readonly untilMs: number;
}

/** A split-brain. */
export interface Incident {
  readonly id: string;
  /** What ended it; null: its islands came together without. */
  readonly strategy: string | null;
  /** Names of nodes. */
  readonly islands: readonly (readonly string[])[];
  readonly separatedMs: number;
  readonly detectedMs: number;
  readonly resolvedMs: number;
}

/** A user who comes and goes has tried to write through a node. */
export interface Attempt {
  readonly user: string;
  readonly node: string;
  readonly startMs: number;
  /** To a key beside its prefix. */
  readonly isOutside: boolean;
  readonly isDone: boolean;
}

/** That a user was removed through a node. */
export interface Removal {
  readonly user: string;
  readonly node: string;
  readonly atMs: number;
  /** The operator was told so. */
  readonly isDone: boolean;
  /** When each node was first seen to know it no more. */
  readonly gone: Record<string, number>;
}

/** All that a checker needs to know of a run. */
export interface Evidence {
  readonly operations: readonly Operation[];
  /** By node, then by key; what a node has no entry of is left out. */
  readonly finals: Readonly<Record<string, Readonly<Record<string, Final>>>>;
  readonly finalMs: number;
  readonly asides: readonly Aside[];
  readonly setBacks: readonly SetBack[];
  readonly incidents: readonly Incident[];
  readonly cuts: readonly Cut[];
  /** Of users who come and go; none in a run without users. */
  readonly attempts: readonly Attempt[];
  readonly removals: readonly Removal[];
}

/** The part of a value that names its write: `c1-17` of `c1-17:padding`. */
export function idOf(value: string): string {
  const end = value.indexOf(':');
  return end < 0 ? value : value.slice(0, end);
}
