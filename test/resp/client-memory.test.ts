import { afterEach, describe, expect, test } from '@jest/globals';
import { Harness, until } from './harness.js';
import { request } from './raw-client.js';

const LIMIT = 8_000_000;
const VALUE = Buffer.alloc(1_000_000, 'v');
let harness: Harness;
let warnings: string[] = [];

async function start(options: Parameters<typeof Harness.start>[0] = {}): Promise<Harness> {
  warnings = [];
  harness = await Harness.start({
    limits: { 'client-memory': LIMIT },
    onWarning: (message) => warnings.push(message),
    ...options,
  });
  return harness;
}

afterEach(() => harness.stop());

describe('one account of what all clients make the node hold', () => {
  test('of clients that read none of their large replies the one that holds most is cut off, and named', async () => {
    await start();
    const small = await harness.client();
    await small.call('SET', 'large', VALUE);
    const greedy = await harness.client();
    await greedy.call('CLIENT', 'SETNAME', 'greedy');
    const others = await Promise.all([1, 2, 3].map(() => harness.client()));
    for (const client of [greedy, ...others]) client.socket.pause();
    greedy.send(request('MGET', ...Array.from({ length: 5 }, () => 'large')));
    for (const client of others) client.send(request('MGET', ...Array.from({ length: 3 }, () => 'large')));
    await until(() => warnings.length > 0, 'one is cut off');
    expect(warnings[0]).toMatch(
      /^client 127\.0\.0\.1:\d+ \(greedy\) was cut off: it held \d+ bytes of requests and replies/,
    );
    expect(await small.call('PING')).toBe('+PONG\r\n');
    const info = await small.call('INFO');
    expect(info).toContain('evicted_clients:1');
    expect(Number(/mem_clients_normal:(\d+)/.exec(info)![1])).toBeLessThanOrEqual(LIMIT);
  });

  test('requests of which half has come count', async () => {
    await start();
    const clients = await Promise.all(Array.from({ length: 12 }, () => harness.client()));
    for (const client of clients) {
      client.send('*3\r\n$3\r\nSET\r\n$1\r\na\r\n$50000000\r\n');
      client.send(VALUE);
    }
    await until(() => clients.some((client) => client.isClosed), 'one is cut off');
    expect(warnings[0]).toContain('more than maxmemory-clients (8000000)');
  });

  test('queued commands count', async () => {
    await start();
    const clients = await Promise.all(Array.from({ length: 4 }, () => harness.client()));
    for (const client of clients) {
      client.send(Buffer.concat([request('MULTI'), ...Array.from({ length: 3 }, () => request('SET', 'a', VALUE))]));
    }
    await until(() => clients.some((client) => client.isClosed), 'one is cut off');
    expect(warnings[0]).toContain('more than maxmemory-clients');
  });

  test('watched keys count', async () => {
    await start({ limits: { 'client-memory': 100_000 } });
    const client = await harness.client();
    client.send(request('WATCH', ...Array.from({ length: 1000 }, (_, i) => `key:${i}`)));
    await client.closed;
    expect(warnings).toHaveLength(1);
  });

  test('a reply counts while it is made', async () => {
    await start();
    const client = await harness.client();
    await client.call('SET', 'large', VALUE);
    expect(await client.call('MGET', ...Array.from({ length: 200 }, () => 'large'))).toBe('<closed>');
    expect(warnings).toHaveLength(1);
  });

  test('what was answered and taken counts no longer', async () => {
    await start();
    const client = await harness.client();
    await client.call('SET', 'large', VALUE);
    for (let i = 0; i < 20; i++)
      expect((await client.call('MGET', 'large', 'large')).length).toBeGreaterThan(2_000_000);
    await client.call('MULTI');
    await client.call('SET', 'b', VALUE);
    await client.call('EXEC');
    await until(() => true, 'the turn is over');
    expect(Number(/mem_clients_normal:(\d+)/.exec(await client.call('INFO'))![1])).toBeLessThan(50_000);
    expect(warnings).toEqual([]);
  });

  test('CLIENT NO-EVICT ON: another one is cut off', async () => {
    await start();
    const kept = await harness.client();
    await kept.call('CLIENT', 'NO-EVICT', 'on');
    await kept.call('SET', 'large', VALUE);
    kept.socket.pause();
    kept.send(request('MGET', ...Array.from({ length: 7 }, () => 'large')));
    const other = await harness.client();
    other.socket.pause();
    other.send(request('MGET', ...Array.from({ length: 7 }, () => 'large')));
    await until(() => warnings.length > 0, 'one is cut off');
    kept.socket.resume();
    expect((await kept.reply()).startsWith('*7')).toBe(true);
  });

  test('the limit is read and changed by CONFIG as maxmemory-clients; 0: there is none', async () => {
    await start();
    const client = await harness.client();
    expect(await client.call('CONFIG', 'GET', 'maxmemory-clients')).toContain('8000000');
    expect(await client.call('CONFIG', 'SET', 'maxmemory-clients', '64mb')).toBe('+OK\r\n');
    expect(await client.call('CONFIG', 'GET', 'maxmemory-*')).toContain(String(64 * 1024 * 1024));
    expect(await client.call('CONFIG', 'SET', 'maxmemory-clients', 'x')).toMatch(
      /^-ERR CONFIG SET failed .*'maxmemory-clients'/,
    );
    expect(await client.call('CONFIG', 'SET', 'maxmemory-clients', '0')).toBe('+OK\r\n');
    await client.call('SET', 'large', VALUE);
    expect((await client.call('MGET', ...Array.from({ length: 20 }, () => 'large'))).length).toBeGreaterThan(
      20_000_000,
    );
  });
});
