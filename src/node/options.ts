import type { Settings } from '../core/membership/records.js';
import type { MemoryLimit } from '../core/store/eviction.js';
import type { DiskWatch } from '../engines/embedded/watched-disk.js';
import type { RedisTarget } from '../engines/redis/target.js';
import type { Limits } from '../fronts/resp/limits.js';
import type { Trust } from '../links/trust.js';
import type { DiscoverySpec } from './discovery/spec.js';
import type { Told } from './events/event.js';
import type { StartOptions } from './start-options.js';

export type LogLevel = 'info' | 'warn' | 'error';

/** What a node is started with: its options (see start-options.ts), read and checked. */
export interface NodeStartOptions
  extends Pick<StartOptions, 'advertise' | 'stillMember' | 'setAsideData' | 'peers' | 'isNew' | 'expect'> {
  /** Unique in the cluster. */
  readonly name: string;
  /** host:port to listen on; port 0 takes a free one. */
  readonly listen: string;
  /** A port without TLS beside it, for clients of this machine. */
  readonly listenPlain?: string;
  /** What it shows to others, and wants to be shown; absent: nothing. */
  readonly trust?: Trust;
  /** Clients of other machines are let in though there is no user. */
  readonly trustNetwork?: boolean;
  /** The data directory; null: memory only. */
  readonly dir: string | null;
  /** Addresses of members of the cluster to join. Absent: come back as what the directory says, or found a cluster. */
  readonly join?: readonly string[];
  /** The cluster that the seeds belong to, where the caller has asked them: data of another cluster is refused. */
  readonly joinClusterId?: string;
  readonly discover?: readonly DiscoverySpec[];
  /** Who the directory says it belongs to, where a node has run there before. */
  readonly former?: { readonly name: string; readonly replica: string | null };
  /** Settings of a cluster that is founded; one that is joined has its own. */
  readonly settings?: Partial<Settings>;
  /** The Redis to attach to, and keep the same as the node. */
  readonly redis?: RedisTarget;
  /** What the node's entries may take, and what it does at that limit; absent: no limit. */
  readonly memory?: MemoryLimit;
  /** Where a browser finds its dashboard, as a URL; absent: it serves none. */
  readonly dashboard?: string;
  /** Told how long its disk took. */
  readonly diskWatch?: DiskWatch;
  /** Of clients, where they are not the usual ones. */
  readonly limits?: Partial<Limits>;
  /** An application runs in this process too: its heap is not the node's to care for. Default: the process is the node's. */
  readonly sharesProcess?: boolean;
  /** No port: the node stays alone in its cluster. */
  readonly isPortless?: boolean;
  /** Why clients may not have the data at the port, as an error text; absent: they may. */
  readonly closedToClients?: string;
  readonly allowDrills: boolean;
  /** Hold a client's reply until its write survives a power failure, not only a kill -9. */
  readonly fsyncAlways: boolean;
  /** `told`: of an event. */
  log(level: LogLevel, message: string, told?: Told): void;
}
