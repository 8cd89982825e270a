import type { Way } from './left-out.js';
import type { Product } from './server-info.js';
import type { Counters } from './site.js';

/** What keeps some keys from being replicated, and what an operator does about it. */
export interface Obstacle {
  readonly keys: number;
  readonly text: string;
  readonly next: string;
}

/** Keys that are left out by themselves, the first of them by name. */
export interface LeftOutView {
  readonly count: number;
  readonly keys: readonly {
    /** Its first 256 bytes. */
    readonly keyBase64: string;
    /** from-redis: what Redis has does not reach the other members. to-redis: what they have does not reach Redis. */
    readonly way: Way;
    readonly reason: string;
    readonly sinceMs: number;
  }[];
}

/** What is held of one server. */
export interface HeldShare {
  readonly server: string;
  readonly missing: number;
  readonly different: number;
  readonly added: number;
}

/** A key that waits for the operator: its first 256 bytes, and what is the matter with it. */
export interface HeldKey {
  readonly keyBase64: string;
  readonly what: 'missing' | 'different' | 'added' | 'doubtful';
}

/** How the bridge stands, for the operator. */
export interface BridgeStatus {
  readonly redis: string;
  readonly keys: string;
  /** held: Redis may have lost data, and the operator has to say what to do. */
  readonly state: 'waiting' | 'connecting' | 'scanning' | 'attached' | 'held';
  readonly problem: string | null;
  /** What the server is, and its version; of several servers, of one of them. null: it was not reached yet. */
  readonly product: Product | null;
  readonly version: string | null;
  readonly counters: Counters;
  /** Keys to be read from, and to be written to, Redis. */
  readonly toRead: number;
  readonly toWrite: number;
  /** For how long the first of those that could pass has been waiting. */
  readonly waitingMs: number;
  /** Keys that Redis evicted, and the node and its peers still have. */
  readonly evictedKeys: number;
  /** Of those that are left out, the ones whose value this Redis does not take. */
  readonly refusedKeys: number;
  readonly leftOut: LeftOutView;
  /**
   * What waits for the operator. added: only Redis has them; they may be new, or old ones whose delete it lost. doubtful: missing,
   * evicted or deleted, and not held: what others write of them passes. `shares`: by the masters of a Redis Cluster that the
   * keys are of; empty for a single server.
   */
  readonly held: {
    readonly missing: number;
    readonly different: number;
    readonly added: number;
    readonly doubtful: number;
    readonly of: number;
    readonly shares: readonly HeldShare[];
    readonly sample: readonly HeldKey[];
  };
  readonly obstacles: readonly Obstacle[];
  readonly scan: { readonly checked: number; readonly of: number } | null;
  readonly scanMs: number | null;
}
