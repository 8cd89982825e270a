import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient } from 'redis';
import { mneme, mnemeJson, NodeProcess, statusOf, temporaryDirectory, until, untilInSync } from './processes.js';

const connect = (node: NodeProcess) => {
  const client = createClient({ url: `redis://${node.address}`, socket: { reconnectStrategy: false } });
  // A node that is killed takes its clients with it.
  client.on('error', () => {});
  return client.connect();
};
type Client = Awaited<ReturnType<typeof connect>>;

const KEYS = 12_000;
const HOT = 200;
const VALUE_BYTES = 500;
/** About a third of what the entries take. */
const LIMIT = '3mb';

describe('three nodes, one of them with a limit of memory that a third of the entries fills', () => {
  const directory = temporaryDirectory();
  const a = new NodeProcess('a', `${directory.path}/a`);
  const b = new NodeProcess('b', `${directory.path}/b`);
  const small = new NodeProcess('c', `${directory.path}/c`, ['--max-memory', LIMIT, '--eviction', 'allkeys-lru']);
  const clients: Client[] = [];
  const clientOf = async (node: NodeProcess): Promise<Client> => {
    const client = await connect(node);
    clients.push(client);
    return client;
  };
  const info = async (client: Client, field: string): Promise<string> =>
    new RegExp(`^${field}:(.*)\r$`, 'm').exec(await client.info())?.[1] ?? '';
  const present = async (client: Client, from: number, upto: number): Promise<number> => {
    const names = Array.from({ length: upto - from }, (_, i) => `key:${from + i}`);
    return (await client.mGet(names)).filter((value) => value !== null).length;
  };

  beforeAll(async () => {
    await a.start();
    await b.start(a.address);
    await small.start(a.address);
    await untilInSync(a, b, small);
  }, 60_000);

  afterAll(async () => {
    for (const client of clients) if (client.isOpen) client.destroy();
    await Promise.all([a.kill(), b.kill(), small.kill()]);
    directory.remove();
  });

  test('the small one keeps to its limit and keeps what is read, and the others keep everything', async () => {
    const [atA, atSmall] = [await clientOf(a), await clientOf(small)];
    const value = 'v'.repeat(VALUE_BYTES);
    for (let key = 0; key < KEYS; ) {
      const writes: Promise<unknown>[] = [];
      for (const end = key + 1000; key < end; key++) writes.push(atA.set(`key:${key}`, `${key}:${value}`));
      await Promise.all(writes);
      await atA.sendCommand(['WAIT', '2', '0']);
      await present(atSmall, 0, HOT);
    }
    expect(Number(await info(atSmall, 'used_memory'))).toBeLessThanOrEqual(Number(await info(atSmall, 'maxmemory')));
    expect(Number(await info(atSmall, 'evicted_keys'))).toBeGreaterThan(KEYS / 3);
    expect(await atSmall.configGet('maxmemory*')).toMatchObject({
      maxmemory: String(3 * 1024 * 1024),
      'maxmemory-policy': 'allkeys-lru',
    });
    expect(await present(atSmall, 0, HOT)).toBeGreaterThan(0.97 * HOT);
    expect(await present(atSmall, HOT, KEYS)).toBeLessThan(KEYS / 2);
    expect([await present(atA, 0, KEYS), await present(await clientOf(b), 0, KEYS)]).toEqual([KEYS, KEYS]);
  }, 120_000);

  test('the replicas count as the same, by versions and by values, and status says what was evicted', async () => {
    const verified = await mneme(['replica', 'verify', '--node', a.address]);
    expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('hold the same data')]);
    expect((await mneme(['replica', 'verify', '--values', '--node', a.address])).code).toBe(0);
    expect((await mneme(['cluster', 'status', '--node', a.address])).stdout).toMatch(/memory of c: .* evicted/);
  }, 60_000);

  test('what was evicted here is a miss, a delete of it deletes it everywhere, and a write brings it back', async () => {
    const [atA, atSmall] = [clients[0]!, clients[1]!];
    const { entries } = await mnemeJson<{ entries: { evicted: boolean; keyBase64: string }[] }>([
      ...['entry', 'list', '--limit', '100000', '--node', small.address],
    ]);
    const evicted = entries.filter((one) => one.evicted).map((one) => Buffer.from(one.keyBase64, 'base64').toString());
    const [first = '', second = ''] = evicted;
    expect([await atSmall.get(first), await atSmall.exists(first), await atSmall.del(first)]).toEqual([null, 0, 0]);
    await until('the delete is everywhere', async () => (await atA.get(first)) === null);
    const inspected = await mneme(['entry', 'inspect', second, '--node', a.address]);
    expect(inspected.stdout).toMatch(/Evicted on c/);
    await atA.set(second, 'written again');
    await until('the write is everywhere', async () => (await atSmall.get(second)) === 'written again');
  }, 60_000);

  test('after kill -9 it comes back within its limit, in sync, and nothing older stands up', async () => {
    await small.kill();
    await small.start(null);
    await untilInSync(a, b, small);
    const atSmall = await clientOf(small);
    await until('it is within its limit', async () => {
      const { memory } = (await statusOf(small.address)).self;
      return memory !== undefined && memory.usedBytes <= memory.maxBytes && memory.evicted > KEYS / 3;
    });
    for (let key = 0; key < KEYS; key += 97) {
      const value = await atSmall.get(`key:${key}`);
      if (value !== null && value !== 'written again') expect(value.startsWith(`${key}:`)).toBe(true);
    }
    expect((await mneme(['replica', 'verify', '--node', a.address])).code).toBe(0);
  }, 60_000);

  test('with noeviction writes that grow are refused, all else goes on, and peers are taken in', async () => {
    const [atA, atSmall] = [clients[0]!, clients[clients.length - 1]!];
    await atSmall.set('kept', 'value');
    await atSmall.configSet('maxmemory-policy', 'noeviction');
    await atSmall.configSet('maxmemory', '1mb');
    await expect(atSmall.set('new', 'value')).rejects.toThrow(
      "OOM command not allowed when used memory > 'maxmemory'.",
    );
    await expect(atSmall.incr('counter')).rejects.toThrow('OOM');
    expect([await atSmall.get('new'), await atSmall.expire('kept', 1000), await atSmall.del('kept')]).toEqual([
      null,
      1,
      1,
    ]);
    await atA.set('from a peer', 'value');
    await until('the write of a peer is here', async () => (await atSmall.get('from a peer')) === 'value');
    const status = await mneme(['cluster', 'status', '--node', a.address]);
    expect(status.stdout.replace(/\s+/g, ' ')).toContain('OVER THE LIMIT');
  }, 60_000);
});
