import { OperatorError } from '../../core/model/errors.js';
import { Connection } from './connection.js';
import { problemOf } from './failures.js';
import { RedisFailure } from './reply-parser.js';
import { checkRights } from './rights.js';
import { locateBySentinel } from './sentinel.js';
import type { RedisTarget } from './target.js';
import { askServer } from './topology.js';

/**
 * Whether a node can be attached to a Redis. One that cannot be reached yet is waited for later; one that refuses, or lacks
 * something, is an error of the start.
 */
export async function checkRedis(target: RedisTarget, log: (level: 'warn', message: string) => void): Promise<void> {
  try {
    for (const server of await serversOf(target)) await check(server);
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    const { message } = error as Error;
    if (error instanceof RedisFailure && !message.startsWith('LOADING')) {
      throw new OperatorError(
        'refused',
        `${target.label} refuses: ${problemOf(error)}.`,
        'check the address, user and password',
      );
    }
    log('warn', `${target.label} cannot be reached yet: ${message}`);
  }
}

// ---------------------------------------------------------------------------------------------------------------------

async function check(server: RedisTarget): Promise<void> {
  await checkRights(server);
  const connection = await Connection.open(server, {
    changed: () => {},
    flushed: () => {},
    greeted: () => {},
    ended: () => {},
  });
  connection.close();
}

async function serversOf(target: RedisTarget): Promise<RedisTarget[]> {
  if (target.kind === 'single') return [target];
  if (target.kind === 'sentinel') return [{ ...target, ...(await locateBySentinel(target)) }];
  let failure: unknown = null;
  for (const seed of target.seeds) {
    try {
      const { masters } = await askServer(target, seed);
      return [...masters.values()].map(({ address }) => ({ ...target, ...address }));
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
