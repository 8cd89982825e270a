import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fastifyRateLimit from '@fastify/rate-limit';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createAdapter } from '@socket.io/redis-adapter';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';
import express from 'express';
import { rateLimit } from 'express-rate-limit';
import fastify from 'fastify';
import { RedisPubSub } from 'graphql-redis-subscriptions';
import { Redis } from 'ioredis';
import { RedisStore } from 'rate-limit-redis';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { createClient } from 'redis';
import { Mutex, Semaphore } from 'redis-semaphore';
import Redlock from 'redlock';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';
import { NodeProcess, temporaryDirectory, until, untilInSync } from './processes.js';

/** Libraries that need scripts or channels, each with its main job: an application machine beside each of two nodes. */

const directory = temporaryDirectory();
const a = new NodeProcess('a', `${directory.path}/a`);
const b = new NodeProcess('b', `${directory.path}/b`);
const connections: Redis[] = [];

beforeAll(async () => {
  await a.start();
  await b.start(a.address);
  await untilInSync(a, b);
}, 60_000);

afterAll(async () => {
  for (const connection of connections) connection.disconnect();
  await Promise.all([a.kill(), b.kill()]);
  directory.remove();
});

function redisOf({ address }: NodeProcess): Redis {
  const [host, port] = address.split(':');
  const connection = new Redis({ host: host!, port: Number(port) });
  connections.push(connection);
  return connection;
}

describe('limits of rates, counted by one node and known to the other', () => {
  test('rate-limiter-flexible', async () => {
    const of = (node: NodeProcess) =>
      new RateLimiterRedis({ storeClient: redisOf(node), keyPrefix: 'flexible', points: 3, duration: 60 });
    const [here, there] = [of(a), of(b)];
    for (const left of [2, 1, 0]) expect((await here.consume('ann')).remainingPoints).toBe(left);
    await expect(here.consume('ann')).rejects.toMatchObject({ remainingPoints: 0, consumedPoints: 4 });
    await until('the other node knows it', async () => (await there.get('ann'))?.consumedPoints === 4);
    await expect(there.consume('ann')).rejects.toMatchObject({ consumedPoints: 5 });
    await there.delete('ann');
    await until('it is forgotten', async () => (await here.get('ann')) === null);
  });

  test('rate-limit-redis with express-rate-limit', async () => {
    const applications = [a, b].map((node) => {
      const redis = redisOf(node);
      const store = new RedisStore({
        prefix: 'express:',
        sendCommand: (command: string, ...args: string[]) => redis.call(command, ...args) as Promise<never>,
      });
      const app = express();
      app.use(rateLimit({ windowMs: 60_000, limit: 2, store, validate: false }));
      app.get('/', (_request, response) => void response.send('served'));
      return createServer(app).listen(0, '127.0.0.1');
    });
    const [here, there] = await Promise.all(applications.map(urlOf));
    const status = async (url: string) => (await fetch(url)).status;
    expect([await status(here!), await status(here!), await status(here!)]).toEqual([200, 200, 429]);
    await until('the other one refuses too', async () => (await status(there!)) === 429);
    for (const one of applications) one.closeAllConnections();
    await Promise.all(applications.map((one) => new Promise((resolve) => one.close(resolve))));
  });

  test('@fastify/rate-limit', async () => {
    const applications = await Promise.all(
      [a, b].map(async (node) => {
        const app = fastify();
        await app.register(fastifyRateLimit, { max: 2, timeWindow: 60_000, redis: redisOf(node) });
        app.get('/', async () => 'served');
        await app.listen({ host: '127.0.0.1', port: 0 });
        return app;
      }),
    );
    const status = async (at: number) => (await fetch(await urlOf(applications[at]!.server))).status;
    expect([await status(0), await status(0), await status(0)]).toEqual([200, 200, 429]);
    await until('the other one refuses too', async () => (await status(1)) === 429);
    await Promise.all(applications.map((one) => one.close()));
  });
});

describe('locks', () => {
  test('redlock: one at a time, extended and released', async () => {
    const locks = new Redlock([redisOf(a) as never], { retryCount: 0 });
    const lock = await locks.lock('lock:redlock', 10_000);
    await expect(locks.lock('lock:redlock', 10_000)).rejects.toThrow();
    await lock.extend(20_000);
    expect(await redisOf(a).pttl('lock:redlock')).toBeGreaterThan(10_000);
    await lock.unlock();
    await (await locks.lock('lock:redlock', 10_000)).unlock();
  });

  test('redis-semaphore: a mutex and a semaphore, where its script is sent again after a flush', async () => {
    const redis = redisOf(a);
    const [one, other] = [0, 1].map(() => new Mutex(redis as never, 'mutex', { acquireAttemptsLimit: 1 }));
    await one!.acquire();
    expect(await other!.tryAcquire()).toBe(false);
    await redis.script('FLUSH');
    await one!.release();
    expect(await other!.tryAcquire()).toBe(true);
    await other!.release();
    const holders = [0, 1, 2].map(() => new Semaphore(redis as never, 'semaphore', 2, { acquireAttemptsLimit: 1 }));
    for (const holder of holders.slice(0, 2)) expect(await holder.tryAcquire()).toBe(true);
    expect(await holders[2]!.tryAcquire()).toBe(false);
    await holders[0]!.release();
    expect(await holders[2]!.tryAcquire()).toBe(true);
    for (const holder of holders.slice(1)) await holder.release();
  });
});

describe('messages from the machine beside one node to that beside the other', () => {
  test('@socket.io/redis-adapter: a room over two servers', async () => {
    const servers = [a, b].map((node) => {
      const http = createServer().listen(0, '127.0.0.1');
      const server = new Server(http, { adapter: createAdapter(redisOf(node), redisOf(node)) });
      server.on('connection', (socket) => void socket.join('room'));
      return { http, server };
    });
    const clients = await Promise.all(servers.map(async ({ http }) => io(await urlOf(http), { forceNew: true })));
    await until('both are in their rooms', async () =>
      servers.every(({ server }) => server.sockets.adapter.rooms.get('room')?.size === 1),
    );
    await until('both servers listen', async () => {
      const counts = await Promise.all([a, b].map((node) => redisOf(node).pubsub('NUMPAT')));
      return counts.every((count) => Number(count) > 0);
    });
    const heard = clients.map((client) => new Promise((resolve) => client.once('news', resolve)));
    servers[0]!.server.to('room').emit('news', { text: 'of one', bytes: Buffer.from([0, 255]) });
    const news = { text: 'of one', bytes: Buffer.from([0, 255]) };
    expect(await Promise.all(heard)).toEqual([news, news]);
    for (const client of clients) client.disconnect();
    await Promise.all(servers.map(({ server }) => server.close()));
  });

  test("bentocache's bus: what one machine changes the other one does not read from its own memory any more", async () => {
    const caches = [a, b].map((node) => {
      const connection = redisOf(node) as never;
      const store = bentostore()
        .useL1Layer(memoryDriver())
        .useL2Layer(redisDriver({ connection }))
        .useBus(redisBusDriver({ connection: redisOf(node).options as never }));
      return new BentoCache({ default: 'all', stores: { all: store } });
    });
    const [here, there] = caches as [(typeof caches)[number], (typeof caches)[number]];
    await here.set({ key: 'k', value: 'first' });
    await until('the other one reads it', async () => (await there.get({ key: 'k' })) === 'first');
    await until('the other one is told of a change', async () => {
      await here.set({ key: 'k', value: 'second' });
      return (await there.get({ key: 'k' })) === 'second';
    });
    await Promise.all(caches.map((cache) => cache.disconnectAll()));
  });

  test('graphql-redis-subscriptions: an event of one, by its name and by a pattern', async () => {
    const [here, there] = [a, b].map(
      (node) => new RedisPubSub({ publisher: redisOf(node) as never, subscriber: redisOf(node) as never }),
    );
    const named = new Promise((resolve) => void there!.subscribe('comment.added', resolve));
    const matched = new Promise((resolve) => void there!.subscribe('comment.*', resolve, { pattern: true }));
    const client = createClient({ url: `redis://${a.address}` });
    await client.connect();
    await until('the other node listens', async () => {
      const counts = await redisOf(b).pubsub('NUMSUB', 'comment.added');
      return Number(counts[1]) === 1 && Number(await redisOf(b).pubsub('NUMPAT')) > 0;
    });
    await here!.publish('comment.added', { id: 7 });
    expect(await Promise.all([named, matched])).toEqual([{ id: 7 }, { id: 7 }]);
    client.destroy();
    await Promise.all([here!.close(), there!.close()]);
  });
});

async function urlOf(server: {
  address(): unknown;
  listening: boolean;
  once: (event: string, then: () => void) => void;
}) {
  if (!server.listening) await new Promise<void>((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
