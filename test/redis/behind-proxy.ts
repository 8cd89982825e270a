import { afterEach } from '@jest/globals';
import { Redis } from 'ioredis';
import { NO_PERSISTENCE, RedisServer } from '../bench/redis-server.js';
import { temporaryDirectory } from '../e2e/processes.js';
import { RedisProxy } from './redis-proxy.js';

export interface BehindProxy {
  readonly redis: Redis;
  readonly server: RedisServer;
  readonly proxy: RedisProxy;
  /** For the node. The application's connection goes past the proxy. */
  readonly url: string;
}

/** Starts servers, each behind a proxy, that are stopped after the test. To be called once in a file. */
export function redisBehindProxies(): (flags?: readonly string[]) => Promise<BehindProxy> {
  const cleanUps: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });
  return async (flags = NO_PERSISTENCE) => {
    const directory = temporaryDirectory();
    const server = new RedisServer(directory.path, flags);
    await server.start();
    const redis = new Redis({ port: server.port, retryStrategy: () => 20 });
    redis.on('error', () => {});
    const proxy = new RedisProxy(server.port);
    const url = await proxy.start();
    cleanUps.push(async () => {
      redis.disconnect();
      await proxy.close();
      await server.kill();
      directory.remove();
    });
    return { redis, server, proxy, url };
  };
}
