import type { Grouped } from './incidents.js';

/** MNEME PULSE: what clients of a node do just now. Two of them, some time apart, give rates. */
export interface PulseReply {
  name: string;
  replica: string;
  /** By a clock of the node that never steps. */
  atMs: number;
  clients: number;
  /** Commands that read keys, and that write some, since the start or the latest CONFIG RESETSTAT. */
  reads: number;
  writes: number;
  /** How the keys begin that are in use, estimated from samples of the latest second or so; null: sampling has only begun. */
  hot: (Grouped<{ reads: number; writes: number }> & { windowMs: number }) | null;
}

/** MNEME PREFIXES: how keys go on behind a prefix, for whoever types one. What takes longer than a moment is left out. */
export interface PrefixesReply {
  /** A whole key, or where a group of keys with the same beginning parts. */
  beginnings: { base64: string; whole: boolean }[];
  /** There may be others. */
  partial: boolean;
}
