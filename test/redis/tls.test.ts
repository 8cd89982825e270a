import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { connectClient } from '../../src/admin/client/client.js';
import type { EngineReply } from '../../src/admin/protocol/api.js';
import { freePort } from '../bench/probes.js';
import { NO_PERSISTENCE, RedisServer } from '../bench/redis-server.js';
import { NodeProcess, temporaryDirectory, until } from '../e2e/processes.js';
import { call } from './redis-cluster.js';
import { hasRedis } from './sites.js';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const whereTls = hasRedis && hasOpenssl ? describe : describe.skip;
if (!hasOpenssl) console.warn('openssl is not installed: the test of a Redis over TLS is left out');

const USER = 'mneme';
const PASSWORD = 'p@ss:word/';

/** The built program, since Node reads the authorities that it trusts when it starts. */
whereTls('a Redis over TLS, with a user and a password', () => {
  const directory = temporaryDirectory();
  const ends: (() => unknown)[] = [];

  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
    directory.remove();
  });

  test('is attached to if its authority is trusted, and waited for with the reason if not', async () => {
    const { port, certificate } = await startServer();
    const client = new Redis({
      port,
      tls: { ca: readFileSync(certificate), servername: 'localhost' },
      username: USER,
      password: PASSWORD,
    });
    ends.push(() => client.disconnect());
    await client.set('key', 'x');
    const url = `rediss://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`;
    const trusted = await startNode('trusted', url, ['env', `NODE_EXTRA_CA_CERTS=${certificate}`]);
    await until('it is attached', async () => (await engineOf(trusted)).engine.state === 'attached');
    expect((await engineOf(trusted)).engine).toMatchObject({ counters: { captured: 1 }, problem: null });
    expect(trusted.logText).not.toMatch(/Warning|p@ss|p%40ss/);
    const other = await startNode('other', url, []);
    await until('it says why', async () => /certificate/.test((await engineOf(other)).engine.problem ?? ''));
  });

  async function startServer(): Promise<{ port: number; certificate: string }> {
    const [key, certificate] = ['key.pem', 'cert.pem'].map((name) => `${directory.path}/${name}`) as [string, string];
    const made = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ]);
    if (made.status !== 0) throw new Error(String(made.stderr));
    const port = await freePort();
    const acl = `${directory.path}/users.acl`;
    // The default user serves the start alone.
    writeFileSync(
      acl,
      `user default on nopass ~* &* +@all\nuser ${USER} on >${PASSWORD} ~* &* +@all -@dangerous +info +client +role +restore\n`,
    );
    const place = `${directory.path}/redis`;
    mkdirSync(place);
    const tls = ['--tls-port', String(port), '--tls-cert-file', certificate, '--tls-key-file', key];
    const rest = ['--tls-ca-cert-file', certificate, '--tls-auth-clients', 'no', '--aclfile', acl];
    const server = new RedisServer(place, [...NO_PERSISTENCE, ...tls, ...rest]);
    ends.push(() => server.kill());
    await server.start();
    await call(server, 'ACL', 'SETUSER', 'default', 'off');
    return { port, certificate };
  }

  async function startNode(name: string, url: string, inside: string[]): Promise<NodeProcess> {
    const node = new NodeProcess(name, `${directory.path}/${name}`, ['--engine', url], inside);
    ends.push(() => node.kill());
    return node.start();
  }
});

async function engineOf({ address }: NodeProcess): Promise<EngineReply> {
  const client = await connectClient(address, { replyTimeoutMs: 5000 });
  try {
    return await client.call('ENGINE', { action: 'status' });
  } finally {
    client.close();
  }
}
