import type { Storage } from '../../core/store/store.js';
import type { Connection } from './connection.js';

const NAME = 'redis-connections';
/** More than a Redis Cluster has masters. */
const SERVERS_MAX = 1024;

/** The connection of this node on which it last wrote to one run of a server, as that server numbers it. */
type Former = readonly [runId: string, id: number];

/**
 * What a node has sent may lie in the socket of a server that stands still, or in a proxy, when the node's connection is over or
 * its process is gone. Executed after the next connection has compared all keys, it would look like a write of the
 * application. So the next connection ends the one before at the server itself, and is noted down, before anything is compared.
 *
 * A write goes out only once the disk has what was noted down before it, so no connection that has written is unknown.
 */
export async function endFormer(storage: Storage, connection: Connection): Promise<void> {
  const { runId } = connection.info;
  const known = (storage.getMeta(NAME) as Former[] | undefined) ?? [];
  const former = known.find(([run]) => run === runId);
  if (former !== undefined) await connection.send('CLIENT', 'KILL', 'ID', String(former[1]));
  const others = known.filter((one) => one !== former).slice(1 - SERVERS_MAX);
  storage.setMeta(NAME, [...others, [runId, connection.id]]);
}
