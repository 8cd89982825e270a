import { OperatorError } from '../../core/errors.js';
import type { RedisClient } from './redis-client.js';
import type { RedisTarget } from './target.js';

/** What a Redis says of itself. */
export interface ServerInfo {
  readonly version: string;
  /** Another one after every start of the process. */
  readonly runId: string;
  /** Another one when its data was replaced by another server's, and when it became a master. */
  readonly replicationId: string;
  /** How far its replication stream has come. */
  readonly offset: number;
  /** The master whose replica it was before it took over, and how much of that one's stream it has. */
  readonly predecessor: { readonly replicationId: string; readonly offset: number };
  /** Keys evicted since the process started. */
  readonly evicted: number;
}

/** The server is no master any more, or not yet: another one is. */
export class NotMaster extends Error {
  override name = 'NotMaster';
}

/**
 * @throws OperatorError `refused` for a server that a node cannot be attached to, with what it lacks
 * @throws NotMaster for a replica, where another server may be found instead
 */
export async function readServerInfo(client: RedisClient, { kind }: RedisTarget): Promise<ServerInfo> {
  const fields = await infoFields(client);
  const field = (name: string): string => fields.get(name) ?? '';
  const version = field('redis_version');
  if (Number.parseInt(version, 10) < 7) {
    throw refused(`it is version ${version || 'unknown'}: a node needs 7.0 or later, for absolute expiry times`);
  }
  const isCluster = field('redis_mode') === 'cluster';
  if (isCluster && kind !== 'cluster')
    throw refused('it is part of a Redis Cluster', 'write redis+cluster://HOST:PORT');
  if (!isCluster && kind === 'cluster') throw refused('it is not part of a Redis Cluster', 'write redis://HOST:PORT');
  if (field('role') === 'slave') {
    if (kind === 'single') throw refused('it is a replica', 'attach the node to its master');
    throw new NotMaster('it is a replica by now');
  }
  return {
    version,
    runId: field('run_id'),
    replicationId: field('master_replid'),
    offset: Number(field('master_repl_offset')),
    // The first byte that it does not have of its predecessor's stream; -1 where it had none.
    predecessor: { replicationId: field('master_replid2'), offset: Number(field('second_repl_offset')) - 1 },
    evicted: Number(field('evicted_keys')),
  };
}

// ---------------------------------------------------------------------------------------------------------------------

async function infoFields(client: RedisClient): Promise<Map<string, string>> {
  const reply = await client.send('INFO');
  const fields = new Map<string, string>();
  for (const line of String(reply).split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}

function refused(why: string, next?: string): OperatorError {
  return new OperatorError('refused', `This Redis cannot be attached to: ${why}.`, next);
}
