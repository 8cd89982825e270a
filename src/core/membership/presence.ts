import type { ReplicaId } from '../model/version.js';

/**
 * What a node says of itself to whoever looks for nodes: enough to join its cluster, or to found one together (see Gathering).
 */
export interface Presence {
  readonly replica: ReplicaId;
  readonly boot: number;
  /** Counts on with every presence that this instance has sent: the latest one counts, in whatever order they come. */
  readonly count: number;
  readonly name: string;
  readonly address: string;
  /** null: it is in no cluster yet. */
  readonly clusterId: string | null;
  /** Whether it can let others into that cluster. */
  readonly isMember: boolean;
  /** How many nodes are to found a cluster together; null: this one founds none. */
  readonly expects: number | null;
  /** A member sees the other members; any other node sees those that answered it just now and expect as many. At most SEES_MAX. */
  readonly sees: readonly Acquaintance[];
  /** Whom it will join, once that one founds. */
  readonly promise: Promised | null;
  /** It has the promises that it needs, and founds as soon as the first of those who gave them asks to be let in. */
  readonly opens: boolean;
}

export interface Acquaintance {
  readonly replica: ReplicaId;
  readonly name: string;
  readonly address: string;
}

/** A founder that a node has promised itself to. The round tells this standing of the founder from its earlier ones. */
export interface Promised {
  readonly replica: ReplicaId;
  readonly boot: number;
  readonly round: number;
}

/** What somebody sees fits in a first frame. */
export const SEES_MAX = 128;

export function isSamePromise(a: Promised | null, b: Promised | null): boolean {
  return a !== null && b !== null && a.replica === b.replica && a.boot === b.boot && a.round === b.round;
}
