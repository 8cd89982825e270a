import { type Entry, lastWriteOf, type Touch } from '../../core/model/entry.js';
import type { Hlc } from '../../core/model/hlc.js';
import type { KnownServer } from './known-servers.js';
import type { ServerInfo } from './server-info.js';
import type { NodePort } from './site.js';

const ATTACHING_TO = 'redis/attaching-since/';

/** A server that the node is put beside, as it was when that began, and the node's time then. */
interface Attaching extends KnownServer {
  readonly since: Hlc;
}

/** A first attach, which takes as long as all keys take to be compared: the node, or the server, may be started again meanwhile. */
export class FirstAttach {
  /** It began before, beside this run of the server or another: what Redis held then is noted. */
  isResuming = false;
  /** When it began beside this very run of the server, which may be in an earlier run of the node. */
  since: Hlc = 0;

  constructor(private readonly port: NodePort) {}

  /** It begins beside this run of a server, or goes on after a restart of the node. Returns how the server was at first. */
  begin({ runId, replicationId, offset, evicted, policy }: ServerInfo): KnownServer {
    const { storage } = this.port;
    this.isResuming = storage.metaNames(ATTACHING_TO).length > 0;
    const met: Attaching = (storage.getMeta(ATTACHING_TO + runId) as Attaching | undefined) ?? {
      ...{ runId, replicationId, offset, evicted, policy },
      since: storage.clock,
    };
    storage.setMeta(ATTACHING_TO + runId, met);
    this.since = Math.max(this.since, met.since);
    return met;
  }

  isOver(): void {
    const { storage } = this.port;
    for (const name of storage.metaNames(ATTACHING_TO)) storage.setMeta(name, undefined);
  }

  /** Whether the node has an entry from this Redis, since the attach began. */
  wrote(entry: Entry): boolean {
    const isOf = (write: Touch): boolean => write.hlc > this.since && this.port.isOwn(write, true);
    return isOf(lastWriteOf(entry)) || isOf(entry);
  }
}
