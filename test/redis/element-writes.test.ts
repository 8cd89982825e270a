import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { type ElementWrite, elementArguments } from '../../src/engines/redis/element-writes.js';
import { SET_ELEMENTS } from '../../src/engines/redis/scripts.js';
import { NO_PERSISTENCE, RedisServer } from '../bench/redis-server.js';
import { temporaryDirectory } from '../e2e/processes.js';
import { whereRedis } from './sites.js';

whereRedis('elements that are written to a hash', () => {
  const directory = temporaryDirectory();
  const server = new RedisServer(directory.path, NO_PERSISTENCE);
  let redis: Redis;

  beforeAll(async () => {
    await server.start();
    redis = new Redis(server.port);
  });

  afterAll(async () => {
    redis.disconnect();
    await server.kill();
    directory.remove();
  });

  /** Of a hash whose field was 'old' for all that the node knows. */
  function set(changes: Partial<ElementWrite>): Promise<unknown> {
    const write = {
      shape: 'field',
      changes: new Map([['field', ['new', 'old']]]),
      expiryMs: 0,
      expiriesMs: [],
      ...changes,
    };
    return redis.eval(SET_ELEMENTS, 1, 'hash', 'set', ...(elementArguments(write as ElementWrite) as string[]));
  }

  test.each([
    ['are set where it is what it was', 'old', {}, 1, 'new'],
    ['are not, where the application has written something else', 'else', {}, 0, 'else'],
    ['are not, where it has written the same: that is read first', 'new', {}, 0, 'new'],
    ['are not, where the key would end with that', 'old', { expiryMs: 1000, expiriesMs: [0] }, 0, 'old'],
  ])('%s', async (_, now, changes, reply, then) => {
    await redis.del('hash');
    await redis.hset('hash', 'field', now, 'other', 'x');
    expect(await set(changes)).toBe(reply);
    expect(await redis.hget('hash', 'field')).toBe(then);
  });
});
