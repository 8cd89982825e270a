import { OperatorError } from '../../core/model/errors.js';
import type { RedisClient } from './redis-client.js';
import type { RedisTarget } from './target.js';

export type Product = 'Redis' | 'Valkey';

/** What a Redis says of itself. */
export interface ServerInfo {
  readonly product: Product;
  /** Of the product: Valkey gives another one as the version of Redis that it is compatible with. */
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
  /** Which keys it evicts when its memory is full, as `maxmemory-policy`. */
  readonly policy: string;
  /** It ends as soon as its replicas have all. */
  readonly isEnding: boolean;
  /** Whether other databases have keys too. */
  readonly isShared: boolean;
}

/** The server is no master any more, or not yet: another one is. */
export class NotMaster extends Error {
  override name = 'NotMaster';
}

/**
 * @throws OperatorError `refused` for a server that a node cannot be attached to, with what it lacks
 * @throws NotMaster for a replica, where another server may be found instead
 */
export async function readServerInfo(
  client: RedisClient,
  { kind, database, capture }: RedisTarget,
): Promise<ServerInfo> {
  const fields = await infoFields(client);
  const field = (name: string): string => fields.get(name) ?? '';
  const compatible = field('redis_version');
  if (!(Number.parseInt(compatible, 10) >= 7)) {
    throw refused(`it is version ${compatible || 'unknown'}: a node needs 7.0 or later, for absolute expiry times`);
  }
  const product = field('server_name') === 'valkey' ? 'Valkey' : 'Redis';
  const version = product === 'Valkey' ? field('valkey_version') : compatible;
  const isCluster = field('cluster_enabled') === '1';
  if (isCluster && kind !== 'cluster')
    throw refused('it is part of a Redis Cluster', 'write redis+cluster://HOST:PORT');
  if (!isCluster && kind === 'cluster') throw refused('it is not part of a Redis Cluster', 'write redis://HOST:PORT');
  if (field('role') === 'slave') {
    if (kind === 'single') throw refused('it is a replica', 'attach the node to its master');
    throw new NotMaster('it is a replica by now');
  }
  if (capture === 'replica' && fields.has('min_slaves_good_slaves')) {
    const why = 'it takes writes only while it has replicas (min-replicas-to-write), and would count the node as one';
    throw refused(why, 'leave ?capture=replica out: what changes is then found by client tracking');
  }
  return {
    product,
    version,
    runId: field('run_id'),
    replicationId: field('master_replid'),
    offset: Number(field('master_repl_offset')),
    // The first byte that it does not have of its predecessor's stream; -1 where it had none.
    predecessor: { replicationId: field('master_replid2'), offset: Number(field('second_repl_offset')) - 1 },
    evicted: Number(field('evicted_keys')),
    policy: field('maxmemory_policy'),
    isEnding: fields.has('shutdown_in_milliseconds'),
    isShared: [...fields.keys()].some((name) => /^db\d+$/.test(name) && name !== `db${database}`),
  };
}

/** Whether a server takes dumps of a version. Those of a product that is newer than this table may be more. */
export function readsDump({ product, version }: ServerInfo, dumpVersion: number): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (product === 'Valkey') return dumpVersion <= 11 || (major >= 9 && dumpVersion === 80);
  return dumpVersion <= (major > 7 || minor >= 4 ? 12 : minor >= 2 ? 11 : 10);
}

/** Whether a field of a hash may have an expiry of its own there. */
export function knowsFieldExpiries({ product, version }: ServerInfo): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return product === 'Valkey' ? major >= 9 : major > 7 || minor >= 4;
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
