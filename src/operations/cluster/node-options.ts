import type { Passport } from '../../admin/client/client.js';
import type { Told } from '../../node/events/event.js';
import type { LocalData } from '../../node/local-data.js';
import type { Node } from '../../node/node.js';
import type { StartOptions } from '../../node/start-options.js';

/** What a node is started with: see src/node/start-options.ts. */
export interface NodeOptions extends Omit<StartOptions, 'dir' | 'memoryOnly' | 'listen'> {
  readonly listen: string;
  /** The data directory; null: memory only. */
  readonly dir: string | null;
  /** Addresses of members of the cluster to join; none: those that `discover` finds. */
  readonly join?: readonly string[];
  /** See NodeStartOptions. */
  readonly sharesProcess?: boolean;
  readonly isPortless?: boolean;
  readonly closedToClients?: string;
  /** `told`: of an event. */
  log(level: LogLevel, message: string, told?: Told): void;
}

export type LogLevel = 'info' | 'warn' | 'error';

export interface RunningNode {
  /** For whoever runs in the same process. */
  readonly node: Node;
  readonly local: LocalData;
  /** What it shows to other nodes. */
  readonly passport: Passport;
  readonly address: string;
  readonly name: string;
  readonly replica: string;
  readonly clusterId: string;
  /** host:port of its monitoring; null: none was asked for. */
  readonly http: string | null;
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
  /** Write something into its log. */
  tell(level: LogLevel, message: string, told?: Told): void;
}

export interface JoinProgress {
  from: string;
  entries: number;
  entriesExpected: number;
}
