import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RedisStore } from 'connect-redis';
import express from 'express';
import session from 'express-session';
import { createClient } from 'redis';
import { NodeProcess, temporaryDirectory, until, untilInSync } from './processes.js';

declare module 'express-session' {
  interface SessionData {
    user: string;
  }
}

/** One machine of a web application: its sessions live in the Mneme node beside it. */
async function startApplication(node: NodeProcess): Promise<{ url: string; close(): Promise<void> }> {
  const client = createClient({ url: `redis://${node.address}` });
  await client.connect();
  const app = express();
  app.use(session({ store: new RedisStore({ client }), secret: 'test', resave: false, saveUninitialized: false }));
  app.post('/login/:user', (request, response) => {
    request.session.user = String(request.params.user);
    response.send('logged in');
  });
  app.post('/logout', (request, response) => request.session.destroy(() => response.send('logged out')));
  app.get('/', (request, response) => {
    response.send(request.session.user ?? 'nobody');
  });
  const server = await new Promise<Server>((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening));
  });
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    client.destroy();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

describe('express-session with connect-redis, an application machine beside each of two nodes', () => {
  const directory = temporaryDirectory();
  const a = new NodeProcess('a', `${directory.path}/a`);
  const b = new NodeProcess('b', `${directory.path}/b`);
  const applications: Awaited<ReturnType<typeof startApplication>>[] = [];

  beforeAll(async () => {
    await a.start();
    await b.start(a.address);
    await untilInSync(a, b);
    applications.push(await startApplication(a), await startApplication(b));
  }, 60_000);

  afterAll(async () => {
    await Promise.all(applications.map((one) => one.close()));
    await Promise.all([a.kill(), b.kill()]);
    directory.remove();
  });

  test('who logs in on one machine is known on the other, and who logs out on that one is unknown on both', async () => {
    const [one, other] = [applications[0]!, applications[1]!];
    const login = await fetch(`${one.url}/login/ann`, { method: 'POST' });
    const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
    const who = async (url: string): Promise<string> => (await fetch(url, { headers: { cookie } })).text();
    expect(await who(one.url)).toBe('ann');
    await until('the other machine knows the session', async () => (await who(other.url)) === 'ann');
    await fetch(`${other.url}/logout`, { method: 'POST', headers: { cookie } });
    expect(await who(other.url)).toBe('nobody');
    await until('the first machine forgets the session', async () => (await who(one.url)) === 'nobody');
  });
});
