import { OperatorError } from '../../core/model/errors.js';
import { type Ports, REAL_PORTS } from './ports.js';
import { login, RedisClient } from './redis-client.js';
import { RedisFailure } from './reply-parser.js';
import { formatted, type RedisAddress, type RedisTarget, reachedAt } from './target.js';

/**
 * Where the master is now, by the first Sentinel that answers. Another one than that of most Sentinels is no harm: a server
 * that says of itself that it is a replica is left again.
 * @throws OperatorError `refused` if the Sentinels do not know the name
 */
export async function locateBySentinel(target: RedisTarget, ports: Ports = REAL_PORTS): Promise<RedisAddress> {
  let failure: Error = new Error('there is no Sentinel');
  for (const seed of target.seeds) {
    try {
      return await ask(target, seed, ports);
    } catch (error) {
      if (error instanceof OperatorError) throw error;
      failure = new Error(`Sentinel ${formatted(seed)}: ${(error as Error).message}`, { cause: error });
    }
  }
  throw failure;
}

// ---------------------------------------------------------------------------------------------------------------------

async function ask(target: RedisTarget, seed: RedisAddress, ports: Ports): Promise<RedisAddress> {
  const client = await RedisClient.connect({ ...target, ...seed }, ports);
  try {
    await enter(client, target);
    const reply = await client.send('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', target.masterName);
    const [host, port] = Array.isArray(reply) ? reply : [];
    if (host === undefined || port === undefined) {
      const message = `Sentinel ${formatted(seed)} knows no master "${target.masterName}".`;
      throw new OperatorError('refused', message, 'redis-cli -p 26379 SENTINEL MASTERS');
    }
    return reachedAt(target, { host: String(host), port: Number(port) });
  } finally {
    client.close();
  }
}

/** Sentinels often have no password of their own, and refuse one. */
async function enter(client: RedisClient, target: RedisTarget): Promise<void> {
  try {
    await client.send('HELLO', '3');
  } catch (error) {
    if (!(error instanceof RedisFailure) || !/^NOAUTH/.test(error.message)) throw error;
    await login(client, { ...target, database: 0 });
  }
}
