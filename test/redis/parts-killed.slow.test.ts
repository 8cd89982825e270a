import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { withClient } from '../../src/admin/client/client.js';
import { NO_PERSISTENCE, RedisServer } from '../bench/redis-server.js';
import { NodeProcess, temporaryDirectory, until } from '../e2e/processes.js';
import { contentOf, whereRedis } from './sites.js';

jest.setTimeout(90_000);

const NAMES = ['a', 'b'] as const;
const FIELDS = 30;

/** The built program, so that a kill is one. */
whereRedis('kill -9 of a node while the fields of one hash change at both sites', () => {
  const directory = temporaryDirectory();
  const servers: RedisServer[] = [];
  const clients: Redis[] = [];
  const nodes: NodeProcess[] = [];

  beforeAll(async () => {
    for (const [i, name] of NAMES.entries()) {
      mkdirSync(`${directory.path}/${name}`);
      const server = new RedisServer(`${directory.path}/${name}`, NO_PERSISTENCE);
      await server.start();
      servers.push(server);
      clients.push(new Redis(server.port));
      const flags = ['--engine', `redis://127.0.0.1:${server.port}`, ...(i === 0 ? ['--failure-timeout', '1s'] : [])];
      nodes.push(await new NodeProcess(name, `${directory.path}/node-${name}`, flags).start(nodes[0]?.address ?? null));
    }
  });

  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await Promise.all([...nodes.map((node) => node.kill()), ...servers.map((server) => server.kill())]);
    directory.remove();
  });

  test.each([[[1]], [[0]], [[0, 1]]])(
    'of %j, time and again: each field has the last value of its site',
    async (killed) => {
      let isOver = false;
      const last: Record<string, string> = {};
      const taken = new Set<string>();
      const writing = clients.map(async (client, i) => {
        const by = NAMES[i]!;
        for (let n = 0; !isOver; n++) {
          const [field, gone] = [`${by} ${n % FIELDS}`, `${by} ${(n * 7) % FIELDS}`];
          await client.hset('hash', field, String(n));
          last[field] = String(n);
          if (n % 3 === 0) await client.hdel('hash', gone);
          if (n % 3 === 0) delete last[gone];
          await client.sadd('set', `${killed} ${by} ${n % 1000}`);
          taken.add(`${killed} ${by} ${n % 1000}`);
        }
      });
      for (let round = 0; round < 3; round++) {
        await Promise.all(killed.map((i) => nodes[i]!.kill()));
        for (const i of killed) await nodes[i]!.start();
        for (const i of killed) await until('it takes changes', () => hasTaken(nodes[i]!));
      }
      isOver = true;
      await Promise.all(writing);
      await until('both hold the same', areSame);
      expect(await clients[0]!.hgetall('hash')).toEqual(last);
      expect(new Set(await clients[1]!.smembers('set'))).toEqual(taken);
      await clients[0]!.del('hash', 'set');
      await until('it is gone from both', async () => (await clients[1]!.exists('hash', 'set')) === 0);
    },
  );

  async function areSame(): Promise<boolean> {
    for (const { address } of nodes) {
      const { state, toRead, toWrite } = await engineOf(address);
      if (state !== 'attached' || toRead + toWrite > 0) return false;
    }
    const [one, other] = await Promise.all(clients.map(contentOf));
    return JSON.stringify(one) === JSON.stringify(other);
  }
});

async function hasTaken({ address }: NodeProcess): Promise<boolean> {
  const { counters } = await engineOf(address);
  return counters.captured > 0 && counters.applied > 0;
}

function engineOf(address: string) {
  return withClient(address, async (client) => (await client.call('ENGINE', { action: 'status' })).engine);
}
