import { OperatorError } from '../../core/errors.js';
import type { RedisClient } from './redis-client.js';

/** What a Redis says of itself. */
export interface ServerInfo {
  readonly version: string;
  /** Another one after every start of the process. */
  readonly runId: string;
  /** Another one when its data was replaced by another server's. */
  readonly replicationId: string;
  /** Keys evicted since the process started. */
  readonly evicted: number;
}

/** @throws OperatorError `refused` for a server that a node cannot be attached to, with what it lacks. */
export async function readServerInfo(client: RedisClient): Promise<ServerInfo> {
  const fields = await infoFields(client);
  const field = (name: string): string => fields.get(name) ?? '';
  const version = field('redis_version');
  if (Number.parseInt(version, 10) < 7) {
    throw refused(`it is version ${version || 'unknown'}: a node needs 7.0 or later, for absolute expiry times`);
  }
  if (field('redis_mode') === 'cluster') throw refused('it is part of a Redis Cluster, which is not supported');
  if (field('role') === 'slave') throw refused('it is a replica: attach the node to its master');
  return {
    version,
    runId: field('run_id'),
    replicationId: field('master_replid'),
    evicted: Number(field('evicted_keys')),
  };
}

async function infoFields(client: RedisClient): Promise<Map<string, string>> {
  const reply = await client.send('INFO');
  const fields = new Map<string, string>();
  for (const line of String(reply).split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}

function refused(why: string): OperatorError {
  return new OperatorError('refused', `This Redis cannot be attached to: ${why}.`);
}
