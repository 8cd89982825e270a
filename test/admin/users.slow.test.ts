import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { withClient } from '../../src/admin/client/client.js';
import { askAs } from '../../src/admin/client/credentials.js';
import { adminHandler } from '../../src/admin/server/server.js';
import { parseAddress } from '../../src/links/address.js';
import { readOperatorKey } from '../../src/node/access/operator-key.js';
import { type RunningNode, startNode } from '../../src/node/run.js';
import { clusterStatus } from '../../src/operations/cluster/status.js';
import { entryGet } from '../../src/operations/entry/get.js';
import { userAdd, userList, userPassword, userRemove } from '../../src/operations/user/user.js';
import { until } from '../e2e/processes.js';

const ADA = { name: 'ada', password: 'the password of ada' };
const SHOP = { name: 'shop', password: 'the password of shop' };

let a: RunningNode;
let b: RunningNode;
let dir: string;
const open: { disconnect(): unknown }[] = [];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'mneme-users-'));
  const place = { listen: '127.0.0.1:0', allowDrills: false, fsyncAlways: false, log: () => {} };
  a = await startNode({ ...place, name: 'a', dir: join(dir, 'a') }, adminHandler);
  await a.inSync;
  b = await startNode({ ...place, name: 'b', dir: join(dir, 'b'), join: [a.address] }, adminHandler);
  await b.inSync;
  await userAdd(a.address, ADA.name, 'admin', undefined, async () => ADA.password);
  askAs(() => ADA);
  await userAdd(a.address, SHOP.name, 'write', Buffer.from('shop:'), async () => SHOP.password);
  await until('it is so', async () => (await userList(b.address)).users.length === 2);
});

afterEach(() => {
  askAs(() => ADA);
  for (const client of open.splice(0)) client.disconnect();
});

afterAll(async () => {
  askAs(() => null);
  await Promise.all([a.stop(), b.stop()]);
  rmSync(dir, { recursive: true });
});

function redis(node: RunningNode, more: object): Redis {
  const { host, port } = parseAddress(node.address);
  const client = new Redis({
    host,
    port,
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    ...more,
  });
  client.on('error', () => {});
  open.push(client);
  return client;
}

describe('client libraries', () => {
  test.each([2, 3] as const)(
    'ioredis logs in with RESP%i by its username and password, at each member',
    async (protocol) => {
      for (const node of [a, b]) {
        const client = redis(node, { protocol, username: SHOP.name, password: SHOP.password });
        await client.connect();
        expect(await client.set('shop:1', 'x')).toBe('OK');
        await expect(client.set('cart:1', 'x')).rejects.toThrow('NOPERM');
        await expect(client.config('GET', 'maxmemory')).rejects.toThrow('NOPERM');
        expect(await client.acl('WHOAMI')).toBe('shop');
      }
    },
  );

  test.each([2, 3] as const)('node-redis logs in with RESP%i', async (RESP) => {
    const { host, port } = parseAddress(b.address);
    const client = createClient({ RESP, socket: { host, port }, username: SHOP.name, password: SHOP.password });
    client.on('error', () => {});
    await client.connect();
    expect(await client.set('shop:2', 'y')).toBe('OK');
    expect(await client.get('shop:2')).toBe('y');
    expect(await client.aclWhoAmI()).toBe('shop');
    client.destroy();
  });

  test('are told NOAUTH without, and WRONGPASS with a wrong password', async () => {
    await expect(redis(a, {}).get('x')).rejects.toThrow();
    const anonymous = redis(a, { enableReadyCheck: false, protocol: 2 });
    await anonymous.connect();
    await expect(anonymous.get('x')).rejects.toThrow('NOAUTH');
    await expect(anonymous.auth('shop', 'nonsense')).rejects.toThrow('WRONGPASS');
    await expect(anonymous.auth('nonsense')).rejects.toThrow('WRONGPASS');
  });

  test('a thousand connections log in at the cost of one check', async () => {
    const before = b.node.access!.computed;
    const { host, port } = parseAddress(b.address);
    const pool = Array.from({ length: 200 }, () =>
      redis(b, { username: ADA.name, password: ADA.password, host, port }),
    );
    await Promise.all(pool.map((client) => client.connect()));
    await Promise.all(
      Array.from({ length: 5 }, () => pool.map((client) => client.auth(ADA.name, ADA.password))).flat(),
    );
    expect(b.node.access!.computed - before).toBeLessThanOrEqual(1);
  });
});

describe('operators', () => {
  test('are asked who they are, and are told what to do', async () => {
    askAs(() => null);
    await expect(clusterStatus(a.address)).rejects.toMatchObject({
      code: 'not-authenticated',
      message: `${a.address} asks who you are`,
    });
    askAs(() => ({ ...ADA, password: 'nonsense' }));
    await expect(clusterStatus(a.address)).rejects.toMatchObject({ code: 'not-authenticated' });
    await expect(entryGet(a.address, 0, Buffer.from('x'))).rejects.toMatchObject({
      message: `${a.address} knows no user ada with this password`,
    });
    askAs(() => ADA);
    expect((await clusterStatus(a.address)).state).toBe('in-sync');
    expect((await entryGet(b.address, 0, Buffer.from('x'))).found).toBe(false);
  });

  test('with the role read may look, and do no more; with a prefix they may look at its keys alone', async () => {
    await userAdd(a.address, 'eye', 'read', undefined, async () => 'the password of eye');
    await until('it is so', async () => (await userList(b.address)).users.length === 3);
    askAs(() => ({ name: 'eye', password: 'the password of eye' }));
    await withClient(b.address, async (client) => {
      expect((await client.call('STATUS', {})).self.name).toBe('b');
      await expect(client.call('STOP', {})).rejects.toMatchObject({ code: 'not-permitted' });
      await expect(client.call('DRILL', { cut: ['a'] })).rejects.toMatchObject({ code: 'not-permitted' });
      await expect(client.call('USERS', {})).rejects.toMatchObject({ code: 'not-permitted' });
    });
    askAs(() => SHOP);
    await withClient(b.address, async (client) => {
      const keyBase64 = (key: string) => ({ database: 0, keyBase64: Buffer.from(key).toString('base64') });
      await client.call('ENTRY', keyBase64('shop:1'));
      await expect(client.call('ENTRY', keyBase64('cart:1'))).rejects.toMatchObject({ code: 'not-permitted' });
      await expect(client.call('STATUS', {})).rejects.toMatchObject({ code: 'not-permitted' });
    });
  });

  test('are refused what would lock everybody out, and names that there are not', async () => {
    const password = async () => 'long enough';
    const yes = async () => {};
    await expect(userRemove(a.address, 'ada', yes)).rejects.toMatchObject({ code: 'refused' });
    await expect(userRemove(a.address, 'nobody', yes)).rejects.toMatchObject({ code: 'unknown-user' });
    await expect(userPassword(a.address, 'nobody', password)).rejects.toMatchObject({ code: 'unknown-user' });
    await expect(userAdd(a.address, 'ada', 'read', undefined, password)).rejects.toMatchObject({ code: 'name-taken' });
    await expect(userAdd(a.address, 'a b', 'read', undefined, password)).rejects.toMatchObject({ code: 'usage' });
    await expect(userAdd(a.address, 'operator', 'read', undefined, password)).rejects.toMatchObject({ code: 'usage' });
    await expect(userAdd(a.address, 'x', 'read', undefined, async () => 'short')).rejects.toMatchObject({
      code: 'usage',
    });
    const prefix = Buffer.from('x');
    await expect(userAdd(a.address, 'x', 'admin', prefix, password)).rejects.toMatchObject({ code: 'usage' });
  });

  test('who have lost the password come in by the key in the data directory', async () => {
    askAs((address) => readOperatorKey(join(dir, address === a.address ? 'a' : 'b')));
    await userPassword(a.address, 'ada', async () => ADA.password);
    expect((await clusterStatus(b.address)).members.length).toBe(2);
    askAs(() => ADA);
    await until('it is so', async () => (await clusterStatus(b.address)).state === 'in-sync');
  });
});

describe('a change', () => {
  test('of the password ends the connections by the old one at every member, and those of others go on', async () => {
    const [old, other] = [SHOP, ADA].map(({ name, password }) => redis(b, { username: name, password }));
    await Promise.all([old!.connect(), other!.connect()]);
    const ended = once(old!, 'close');
    await userPassword(a.address, 'shop', async () => SHOP.password.toUpperCase());
    await ended;
    expect(await other!.get('x')).toBeNull();
    const again = redis(b, { username: SHOP.name, password: SHOP.password.toUpperCase() });
    await again.connect();
    expect(await again.get('shop:1')).toBe('x');
  });

  test('of anonymous-clients lets clients in that do not say who they are, until all of them do', async () => {
    await withClient(a.address, (client) => client.call('SET', { key: 'anonymous-clients', value: 'allow' }));
    const client = redis(b, { enableReadyCheck: false, protocol: 2 });
    await client.connect();
    await until('it is so', async () => (await client.get('shop:1').catch(() => null)) === 'x');
    expect((await userList(a.address)).anonymousClients).toBe('allow');
    await withClient(a.address, (asked) => asked.call('SET', { key: 'anonymous-clients', value: 'refuse' }));
    await until('it is so', async () => String(await client.get('shop:1').catch(String)).includes('NOAUTH'));
  });

  test('that removes the last user lets everybody in again', async () => {
    for (const name of ['eye', 'shop', 'ada']) await userRemove(a.address, name, async () => {});
    askAs(() => null);
    // Until b has heard of it, it asks who is there.
    await until('it is so', async () => (await userList(b.address).catch(() => null))?.users.length === 0);
    const client = redis(b, {});
    await client.connect();
    expect(await client.get('shop:1')).toBe('x');
  });
});
