import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { DashboardHost, Visitor } from '../../src/fronts/http/dashboard/host.js';
import { Live } from '../../src/fronts/http/dashboard/live.js';
import { SESSION_MS, Sessions } from '../../src/fronts/http/dashboard/sessions.js';
import { ANYBODY, type Identity } from '../../src/fronts/resp/access/identity.js';
import { until } from '../e2e/processes.js';
import { Browser } from './browser.js';

const user = (name: string): Identity => ({ name, role: 'read', prefix: null });

describe('sessions', () => {
  test('end after a shift, and by signing out', () => {
    let nowMs = 0;
    const sessions = new Sessions(() => nowMs);
    const token = sessions.open(user('ann'), 'p');
    const other = sessions.open(user('ann'), 'p');
    sessions.end(other);
    nowMs = SESSION_MS - 1;
    expect([sessions.get(token)?.identity.name, sessions.get(other), sessions.get('')]).toEqual(['ann', null, null]);
    nowMs = SESSION_MS;
    expect([sessions.get(token), sessions.size]).toEqual([null, 0]);
  });

  test('are bounded for each user and in all: the oldest makes room', () => {
    const sessions = new Sessions(() => 0);
    const [first, ...others] = Array.from({ length: 9 }, () => sessions.open(user('ann'), 'p'));
    expect([sessions.size, sessions.get(first!)]).toEqual([8, null]);
    for (let i = 0; i < 56; i++) sessions.open(user(`u${i}`), 'p');
    expect([sessions.size, sessions.get(others[0]!)?.identity.name]).toEqual([64, 'ann']);
    sessions.open(user('late'), 'p');
    expect([sessions.size, sessions.get(others[0]!)]).toEqual([64, null]);
  });
});

describe('those who look', () => {
  const servers: Server[] = [];
  const sockets: Socket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });

  const VISITOR: Visitor = { asker: { name: 'a', address: '127.0.0.1:1', identity: ANYBODY }, password: null };

  async function serve(look: () => Promise<string>): Promise<{ live: Live; at: string }> {
    const host = { look, history: () => '{}' } as unknown as DashboardHost;
    const live = new Live(host, { lookMs: 5, stuckMs: 50 });
    const server = createServer((_, response) => {
      if (!live.open(response, VISITOR, () => true)) response.writeHead(503).end();
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { live, at: `127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  test('share one look, are sixteen at most, and nothing is asked once they have gone', async () => {
    let looks = 0;
    const { live, at } = await serve(async () => JSON.stringify({ look: ++looks }));
    const few = await Promise.all([1, 2, 3].map(() => new Browser(at).watch((all) => all.length === 5)));
    expect(few.map((events) => events.filter(({ name }) => name === 'look').length)).toEqual([4, 4, 4]);
    expect(looks).toBeLessThan(12);
    await until('all have gone', async () => live.size === 0);
    const before = looks;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(looks - before).toBeLessThanOrEqual(1);
    const open = Array.from({ length: 16 }, () => connectTo(at));
    await until('all are there', async () => live.size === 16);
    expect((await new Browser(at).get('/')).code).toBe(503);
    for (const socket of open) socket.destroy();
    await until('all have gone again', async () => live.size === 0);
  });

  test('are dropped where they take nothing, and keep nobody else from looking', async () => {
    const large = JSON.stringify({ text: 'x'.repeat(1_000_000) });
    const { live, at } = await serve(async () => large);
    connectTo(at).pause();
    await until('it is there', async () => live.size === 1);
    let taken = 0;
    connectTo(at).on('data', ({ length }) => {
      taken += length;
    });
    await until('both are there', async () => live.size === 2);
    await until('the slow one is dropped', async () => live.size === 1);
    const before = taken;
    await until('the other is told more', async () => taken > before + 3 * large.length);
  });

  test('are told why where the node cannot say how the cluster is', async () => {
    const { at } = await serve(() => Promise.reject(new Error('broken')));
    const events = await new Browser(at).watch((all) => all.length === 2);
    expect(events[1]).toEqual({ name: 'trouble', data: { message: 'the node ran into a bug: see its log' } });
  });

  function connectTo(at: string): Socket {
    const [host, port] = at.split(':');
    const socket = connect(Number(port), host!);
    socket.on('error', () => {});
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    sockets.push(socket);
    return socket;
  }
});
