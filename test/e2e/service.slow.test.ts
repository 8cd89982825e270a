import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { freePort } from '../bench/probes.js';
import { Authority } from '../links/certificates.js';
import { done, inOneCluster } from './operator.js';
import { mneme, NodeProcess, temporaryDirectory, until } from './processes.js';

/** A node under a service manager: the units that are printed, and a stop under load. */
const home = temporaryDirectory();
const a = new NodeProcess('a', `${home.path}/a`);
const CLIENTS = 8;

inOneCluster(home, a);

const healthy: NodeProcess[] = [];
afterAll(() => Promise.all(healthy.map((one) => one.kill())));

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

describe('a unit of systemd', () => {
  (hasSystemd ? test : test.skip)('is what systemd takes, whatever is in the flags', async () => {
    const flags = [
      '--name',
      'x',
      '--listen',
      '10.0.0.1:7379',
      '--secret-file',
      '/etc/mneme/secret',
      '--discover',
      'dns:ab.example',
      '--on-heal',
      '5%y:=manual,=lww',
    ];
    const unit = await done('service', 'systemd', '--', 'start', ...flags);
    const file = `${home.path}/mneme-x.service`;
    writeFileSync(file, unit);
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
    expect({ status, ours: stderr.split('\n').filter((line) => line.includes('mneme')) }).toEqual({
      status: 0,
      ours: [],
    });
    expect(unit).toContain('5%%y:=manual,=lww');
    expect(unit).toMatch(/^DynamicUser=yes$/m);
    expect(unit).toMatch(/^LoadCredential=secret-file:\/etc\/mneme\/secret$/m);
    expect(unit).toMatch(/^ExecStart=.* --secret-file %d\/secret-file /m);
    expect(unit).toMatch(/^ExecStartPost=.* --node 10\.0\.0\.1:7379 --secret-file %d\/secret-file$/m);
  });

  test('without what a service must not have', async () => {
    for (const [flag, code] of [
      [['--detach'], 2],
      [['--dir', '/x'], 2],
      [['--engine', 'redis://u:secret@h:1/0'], 2],
      [['--nmae', 'x'], 2],
    ] as const)
      expect([flag, (await mneme(['service', 'systemd', '--', 'start', ...flag])).code]).toEqual([flag, code]);
  });
});

test('a Containerfile runs the start that was typed', async () => {
  const text = await done('service', 'container', '--', 'join', '10.0.0.1:7379', '--name', 'b');
  expect(text).toContain('ENTRYPOINT ["mneme","cluster","join","10.0.0.1:7379","--name","b","--dir","/data"]');
});

test.each([
  ['a secret', ['--secret-file']],
  ['a secret and TLS', ['--secret-file', '--tls-cert', '--tls-key', '--tls-ca']],
  ['a user alone', []],
])(
  'the health check of a Containerfile works on a node with %s, and without what it shows it does not',
  async (_what, flags) => {
    const port = await freePort();
    const files = { '--secret-file': secretFile(), ...certificateFiles() };
    const shown = flags.flatMap((flag) => [flag, files[flag as keyof typeof files]]);
    const listen = `127.0.0.1:${port}`;
    const text = await done('service', 'container', '--', 'start', '--name', 'h', '--listen', listen, ...shown);
    const dir = `${home.path}/h-${port}`;
    const node = new NodeProcess('h', dir, shown);
    healthy.push(node);
    await node.start(null, listen);
    const key = ['--user', 'operator', '--password-file', `${dir}/operator-key`];
    if (flags.length === 0) {
      const user = ['user', 'add', 'ada', '--role', 'admin', '--new-password-file', passwordFile(), '--node', listen];
      expect(await mneme(user)).toMatchObject({ code: 0 });
    }
    const line = /^HEALTHCHECK .*CMD (\[.*\])$/m.exec(text)?.[1] ?? '[]';
    const [program, ...words] = (JSON.parse(line) as string[]).map((word) => word.replace(/^\/data\b/, dir));
    expect(program).toBe('mneme');
    expect(await mneme(words)).toMatchObject({ code: 0, stdout: expect.stringContaining('serving') });
    const bare = words.filter((word) => !shown.includes(word) && !key.includes(word));
    expect((await mneme(bare)).code).not.toBe(0);
  },
  60_000,
);

test('a stop under load takes less than two seconds, and loses nothing that was acknowledged', async () => {
  const [host, port] = a.address.split(':') as [string, string];
  const acknowledged = new Map<string, string>();
  const options = { maxRetriesPerRequest: 0, retryStrategy: () => null };
  const clients = Array.from({ length: CLIENTS }, () => new Redis(Number(port), host, options));
  const writing = clients.map(async (client, number) => {
    client.on('error', () => {});
    for (let i = 0; ; i++) {
      const key = `${number}:${i % 500}`;
      try {
        await Promise.all([client.set(key, String(i)), client.set(`${key}:twin`, String(i))]);
      } catch {
        return client.disconnect();
      }
      acknowledged.set(key, String(i));
    }
  });
  await until('they write', async () => acknowledged.size > CLIENTS * 100);
  const startedMs = performance.now();
  expect(await a.kill('SIGTERM')).toBe(0);
  const tookMs = performance.now() - startedMs;
  await Promise.all(writing);
  await a.start();
  const reader = new Redis(Number(port), host, options);
  const keys = [...acknowledged.keys()];
  const values = await reader.mget(keys);
  reader.disconnect();
  // What came after the last answer may be there too.
  expect(keys.filter((key, i) => Number(values[i] ?? -1) < Number(acknowledged.get(key)))).toEqual([]);
  expect(tookMs).toBeLessThan(2000);
  expect(execFileSync('ls', [`${home.path}/a`], { encoding: 'utf8' })).toContain('journal');
}, 60_000);

function secretFile(): string {
  return ownFile('secret', `${'0123456789abcdef'.repeat(4)}\n`);
}

function passwordFile(): string {
  return ownFile('password', 'a long password\n');
}

function ownFile(name: string, text: string): string {
  const path = `${home.path}/${name}`;
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

function certificateFiles(): Record<'--tls-cert' | '--tls-key' | '--tls-ca', string> {
  const { cert, key, ca } = new Authority().files(`${home.path}/tls`, 'h');
  return { '--tls-cert': cert, '--tls-key': key, '--tls-ca': ca };
}
