import type { AddressInfo } from 'node:net';
import cookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import session from 'express-session';
import Fastify from 'fastify';
import { MnemeStore, type SessionData } from '../../src/exports/express-session.js';
import { type MnemeNode, openNode } from '../../src/exports/index.js';

let node: MnemeNode;

beforeAll(async () => {
  node = await openNode({ memoryOnly: true, listen: false, name: 'a' });
});

afterAll(() => node.close());

const data = (more: Partial<SessionData> = {}): SessionData => ({
  cookie: { originalMaxAge: 60_000 },
  user: 'ann',
  ...more,
});

/** Calls a method of a store that ends in a callback. */
function asked<T = unknown>(call: (callback: (error: unknown, result?: T) => void) => void): Promise<T | undefined> {
  return new Promise((resolve, reject) => call((error, result) => (error ? reject(error) : resolve(result))));
}

describe('the store', () => {
  test('keeps, counts, lists and ends sessions', async () => {
    const store = new MnemeStore(node, { prefix: 'many:' });
    await asked((done) => store.set('1', data(), done));
    await asked((done) => store.set('2', data({ user: 'bob' }), done));
    expect(await asked((done) => store.get('1', done))).toMatchObject({ user: 'ann' });
    expect(await asked((done) => store.get('3', done))).toBeNull();
    expect(await asked((done) => store.length(done))).toBe(2);
    const all = (await asked<SessionData[]>((done) => store.all(done)))!;
    expect(all.map(({ id, user }) => `${id} ${user}`).sort()).toEqual(['1 ann', '2 bob']);
    await asked((done) => store.destroy('1', done));
    expect(await asked((done) => store.get('1', done))).toBeNull();
    await asked((done) => store.clear(done));
    expect(await asked((done) => store.length(done))).toBe(0);
  });

  test('touch lets a session live longer, and its cookie says so when it is read', async () => {
    const store = new MnemeStore(node, { prefix: 'touched:' });
    const soon = new Date(Date.now() + 60_000);
    const later = new Date(Date.now() + 600_000);
    await asked((done) => store.set('1', data({ cookie: { expires: soon } }), done));
    await asked((done) => store.touch('1', data({ cookie: { expires: later }, user: 'not written' }), done));
    expect(node.expiresAtMs('touched:1')).toBe(later.getTime());
    const read = await asked<SessionData>((done) => store.get('1', done));
    expect([read!.user, read!.cookie.expires]).toEqual(['ann', later.toISOString()]);
  });

  test('touch does not bring back a session that was logged out', async () => {
    const store = new MnemeStore(node);
    await asked((done) => store.set('1', data(), done));
    await asked((done) => store.destroy('1', done));
    await asked((done) => store.touch('1', data(), done));
    expect(await asked((done) => store.get('1', done))).toBeNull();
  });

  test.each([
    ['with the cookie', () => ({ expires: new Date(Date.now() + 30_000) }), 30_000],
    ['with the age that the cookie had', () => ({ originalMaxAge: 40_000 }), 40_000],
    ['after a day, if the cookie ends with the browser', () => ({ expires: null, originalMaxAge: null }), 86_400_000],
  ])('a session ends %s', async (_, cookieOf, ms) => {
    const store = new MnemeStore(node);
    await asked((done) => store.set('ends', data({ cookie: cookieOf() }), done));
    expect(Math.abs(node.expiresAtMs('sess:ends')! - Date.now() - ms)).toBeLessThan(5000);
  });

  test('a session whose cookie has expired is gone', async () => {
    const store = new MnemeStore(node);
    await asked((done) => store.set('over', data(), done));
    await asked((done) => store.set('over', data({ cookie: { expires: new Date(1) } }), done));
    expect(node.has('sess:over')).toBe(false);
  });

  test('passes over what is no session, and clears it away', async () => {
    const store = new MnemeStore(node, { prefix: 'mixed:' });
    await asked((done) => store.set('1', data(), done));
    for (const [key, value] of [
      ['mixed:2', 'no JSON'],
      ['mixed:3', 'null'],
    ] as const)
      await node.set(key, value);
    expect(await asked((done) => store.length(done))).toBe(1);
    expect(await asked((done) => store.all(done))).toMatchObject([{ id: '1' }]);
    await asked((done) => store.clear(done));
    expect([node.has('mixed:1'), node.has('mixed:2'), node.has('mixed:3')]).toEqual([false, false, false]);
  });

  test.each([
    [[]],
    [['a node']],
    [[{ node: 1 }]],
    [['node', { ttl: 5 }]],
    [['node', { ttlMs: -5 }]],
    [['node', { ttlMs: '3600000' }]],
    [['node', { prefix: 5 }]],
  ])('is not made of %j', (args) => {
    const [first, ...rest] = args as unknown[];
    const made = () => new MnemeStore((first === 'node' ? node : first) as never, ...(rest as [never]));
    expect(made).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  test('refuses an id that is none and an age that is no number', async () => {
    const store = new MnemeStore(node, { prefix: 'odd:' });
    const old = data({ cookie: { maxAge: '5000' as never } });
    await expect(asked((done) => store.set('1', old, done))).rejects.toMatchObject({ code: 'usage' });
    await expect(asked((done) => store.set(undefined as never, data(), done))).rejects.toMatchObject({ code: 'usage' });
    expect([node.has('odd:1'), node.has('odd:undefined')]).toEqual([false, false]);
    expect(JSON.stringify(store)).toBe('{"prefix":"odd:","ttlMs":86400000,"disableTouch":false}');
  });

  test('says why it failed', async () => {
    const other = await openNode({ memoryOnly: true, listen: false, name: 'b' });
    const store = new MnemeStore(other);
    await other.close();
    await expect(asked((done) => store.set('1', data(), done))).rejects.toMatchObject({ code: 'closed' });
    await expect(asked((done) => store.get('1', done))).rejects.toMatchObject({ code: 'closed' });
  });
});

test('a login of Express is there at the next request, and gone after the logout', async () => {
  const app = express();
  app.use(
    session({
      store: new MnemeStore(node, { prefix: 'express:' }),
      secret: 's',
      resave: false,
      saveUninitialized: false,
    }),
  );
  app.get('/login', (request, response) => {
    (request.session as unknown as { user: string }).user = 'ann';
    response.end('in');
  });
  app.get(
    '/',
    (request, response) => void response.end(String((request.session as unknown as { user?: string }).user)),
  );
  app.get('/logout', (request, response) => request.session.destroy(() => response.end('out')));
  const server = app.listen(0, '127.0.0.1');
  try {
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const login = await fetch(`${url}/login`);
    const headers = { cookie: login.headers.getSetCookie()[0]!.split(';')[0]! };
    expect(await (await fetch(url, { headers })).text()).toBe('ann');
    await fetch(`${url}/logout`, { headers });
    expect(await (await fetch(url, { headers })).text()).toBe('undefined');
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test('a login of Fastify is there at the next request, and gone after the logout', async () => {
  const app = Fastify();
  app.register(cookie);
  app.register(fastifySession, {
    ...{
      store: new MnemeStore(node, { prefix: 'fastify:' }),
      secret: 'a secret of thirty-two characters',
      saveUninitialized: false,
    },
    cookie: { secure: false, maxAge: 60_000 },
  });
  app.get('/login', async (request) => {
    (request.session as unknown as { user: string }).user = 'ann';
    return 'in';
  });
  app.get('/', async (request) => String((request.session as unknown as { user?: string }).user));
  app.get('/logout', async (request) => {
    await request.session.destroy();
    return 'out';
  });
  try {
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    const login = await fetch(`${url}/login`);
    const headers = { cookie: login.headers.getSetCookie()[0]!.split(';')[0]! };
    expect(await (await fetch(url, { headers })).text()).toBe('ann');
    await fetch(`${url}/logout`, { headers });
    expect(await (await fetch(url, { headers })).text()).toBe('undefined');
  } finally {
    await app.close();
  }
});
