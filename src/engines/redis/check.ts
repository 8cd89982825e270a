import { OperatorError } from '../../core/errors.js';
import { Connection } from './connection.js';
import { RedisFailure } from './reply-parser.js';
import type { RedisTarget } from './target.js';

/**
 * Whether a node can be attached to a Redis. One that cannot be reached yet is waited for later; one that refuses, or lacks
 * something, is an error of the start.
 */
export async function checkRedis(target: RedisTarget, log: (level: 'warn', message: string) => void): Promise<void> {
  try {
    const connection = await Connection.open(target, { changed: () => {}, flushed: () => {}, ended: () => {} });
    connection.close();
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    const { message } = error as Error;
    if (error instanceof RedisFailure && !message.startsWith('LOADING')) {
      throw new OperatorError(
        'refused',
        `${target.label} refuses: ${message}.`,
        'check the address, user and password',
      );
    }
    log('warn', `${target.label} cannot be reached yet: ${message}`);
  }
}
