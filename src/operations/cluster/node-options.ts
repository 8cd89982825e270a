import type { EvictionPolicy } from '../../core/store/eviction.js';

/** What a node is started with. Types only, so that operations compile without the node behind them. */
export interface NodeOptions {
  /** Default: the host's name. */
  name?: string;
  listen: string;
  /** The address that others reach this node at, where it differs from `listen`. */
  advertise?: string;
  /** null: memory only. */
  dir: string | null;
  /** Addresses of members of the cluster to join; none: those that `discover` finds. */
  join?: string[];
  /** How to find other nodes, as `--discover` names it. */
  discover?: string[];
  /** Without data: found a cluster of this many nodes, itself included. */
  expect?: number;
  /** The URL of a Redis to attach to, and which of its keys to replicate. */
  engine?: string;
  keys?: string;
  setAsideData?: boolean;
  /** The directory is marked as a former member's, by mistake. */
  stillMember?: boolean;
  /** Addresses of members that show a node with data the way to its cluster. */
  peers?: string[];
  /** Found a cluster without asking whether another one knows this node. */
  isNew?: boolean;
  onHeal?: string;
  failureTimeoutMs?: number;
  /** How its log is written; default: text. */
  logFormat?: 'text' | 'json';
  memoryOnly: boolean;
  allowDrills: boolean;
  fsyncAlways: boolean;
  /** Bytes that the node's entries may take; 0 or absent: no limit. */
  maxMemory?: number;
  /** What it does at that limit; default: noeviction. */
  eviction?: EvictionPolicy;
  log(level: LogLevel, message: string): void;
}

export type LogLevel = 'info' | 'warn' | 'error';

export interface RunningNode {
  readonly address: string;
  readonly name: string;
  readonly replica: string;
  readonly clusterId: string;
  /** It has founded that cluster by this start. */
  readonly founded: boolean;
  /** The data directory; null: memory only. */
  readonly dir: string | null;
  /**
   * Resolves with true when the node serves and has caught up with its cluster, with false if it was stopped before.
   * Rejects with an OperatorError if it had to end before.
   */
  readonly inSync: Promise<boolean>;
  readonly stopped: Promise<{ code: number }>;
  stop(): Promise<void>;
  progress(): JoinProgress | null;
}

export interface JoinProgress {
  from: string;
  entries: number;
  entriesExpected: number;
}
