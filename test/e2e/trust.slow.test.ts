import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { freePort } from '../bench/probes.js';
import { Authority } from '../links/certificates.js';
import { mneme, NodeProcess, temporaryDirectory, until } from './processes.js';

let directory = temporaryDirectory();
const nodes: NodeProcess[] = [];
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.kill()));
  directory.remove();
  directory = temporaryDirectory();
});
afterAll(() => directory.remove());

async function start(name: string, flags: string[], join: string | null = null): Promise<NodeProcess> {
  const node = new NodeProcess(name, `${directory.path}/${name}`, flags);
  nodes.push(node);
  return node.start(join);
}

async function newSecret(name: string): Promise<string> {
  const path = `${directory.path}/${name}`;
  expect(await mneme(['cluster', 'secret', '--out', path])).toMatchObject({ code: 0, stdout: '' });
  return path;
}

describe('a cluster with a secret', () => {
  test('is joined, asked and linked by those who know it; others learn nothing, and status names them', async () => {
    const secret = await newSecret('secret');
    expect(statSync(secret).mode & 0o777).toBe(0o600);
    expect((await mneme(['cluster', 'secret', '--out', secret])).code).toBe(6);
    const other = await newSecret('other');
    const a = await start('a', ['--secret-file', secret]);
    const b = await start('b', ['--secret-file', secret], a.address);

    const set = await mneme(['entry', 'set', 'k', 'v', '--node', b.address, '--secret-file', secret]);
    expect(set.code).toBe(0);
    await until('the other has it', async () => {
      const got = await mneme(['entry', 'get', 'k', '--node', a.address, '--secret-file', secret]);
      return got.stdout === 'v';
    });

    const stranger = ['--dir', `${directory.path}/c`, '--listen', '127.0.0.1:0', '--name', 'c'];
    for (const [flags, words] of [
      [[], /--secret-file/],
      [['--secret-file', other], /--secret-file/],
    ] as const) {
      const asked = await mneme(['cluster', 'status', '--node', a.address, ...flags]);
      const joined = await mneme(['cluster', 'join', a.address, ...stranger, ...flags]);
      for (const { code, stdout, stderr } of [asked, joined]) {
        expect([code, stdout]).toEqual([6, '']);
        expect(stderr).toMatch(words);
      }
    }
    const status = await mneme(['cluster', 'status', '--node', a.address, '--secret-file', secret]);
    expect(status.code).toBe(3);
    expect(status.stdout.replace(/\s+/g, ' ')).toMatch(
      /127\.0\.0\.1 was refused .*: it has another secret than the cluster's/,
    );
    expect(existsSync(`${directory.path}/c/node.json`)).toBe(false);
  });

  test('is founded by nodes that find each other and know it; a third that does not know it is not let in', async () => {
    const secret = await newSecret('secret');
    const ports = [await freePort(), await freePort(), await freePort()];
    const found = ['--discover', `static:${ports.map((port) => `127.0.0.1:${port}`).join()}`, '--expect', '2'];
    const start = (name: string, at: number, flags: string[]) => {
      const node = new NodeProcess(name, `${directory.path}/${name}`, [...found, ...flags]);
      nodes.push(node);
      return node.start(null, `127.0.0.1:${ports[at]}`);
    };
    const stranger = start('c', 2, ['--secret-file', await newSecret('other')]);
    stranger.catch(() => {});
    const [a, b] = await Promise.all([
      start('a', 0, ['--secret-file', secret]),
      start('b', 1, ['--secret-file', secret]),
    ]);
    const members = await mneme(['replica', 'list', '--node', b.address, '--secret-file', secret, '--json']);
    const names = (JSON.parse(members.stdout).replicas as { name: string }[]).map(({ name }) => name);
    expect([a.name, b.name, names.sort()]).toEqual(['a', 'b', ['a', 'b']]);
  });

  test('says nothing to a link that has not shown it: a few bytes without a name', async () => {
    const a = await start('longname', ['--secret-file', await newSecret('secret')]);
    for (const opening of ['MNEMELNK', `MNEMESECL${'n'.repeat(32)}`]) {
      const [host, port] = a.address.split(':');
      const socket = connect(Number(port), host);
      const heard: Buffer[] = [];
      socket.on('data', (chunk) => heard.push(chunk));
      socket.write(opening);
      await until('it answers', async () => heard.length > 0);
      socket.destroy();
      const bytes = Buffer.concat(heard);
      expect(bytes.length).toBeLessThan(300);
      expect(String(bytes)).not.toMatch(/longname|127\.0\.0\.1/);
    }
  });

  test('does not start with a file that others can read', async () => {
    const secret = await newSecret('secret');
    chmodSync(secret, 0o644);
    const { code, stderr } = await mneme([
      'cluster',
      'start',
      '--memory-only',
      '--listen',
      '127.0.0.1:0',
      '--secret-file',
      secret,
    ]);
    expect(code).toBe(6);
    expect(stderr).toMatch(/others can read[\s\S]*next: {2}chmod 600/);
  });
});

describe('a start beyond this machine', () => {
  test('is refused without a secret, unless it is said that it is meant', async () => {
    const base = ['cluster', 'start', '--memory-only', '--name', 'a', '--listen', '0.0.0.0:0'];
    const { code, stderr } = await mneme(base);
    expect(code).toBe(6);
    expect(stderr).toMatch(
      /--listen 0\.0\.0\.0:0 is open to other machines[\s\S]*mneme cluster secret[\s\S]*--trust-network/,
    );
    const meant = new NodeProcess('a', '', ['--memory-only', '--trust-network']);
    nodes.push(meant);
    await meant.start(null, '0.0.0.0:0');
  });
});

/** An address that is not this machine's own as far as nodes can tell, in a network of its own. */
const NAMESPACE = `mneme-t-${process.pid}`;
const INSIDE = ['ip', 'netns', 'exec', NAMESPACE] as const;
const hasNamespace = (): boolean =>
  [
    ['netns', 'add', NAMESPACE],
    ['-n', NAMESPACE, 'link', 'set', 'lo', 'up'],
    ['-n', NAMESPACE, 'addr', 'add', '10.231.78.1/32', 'dev', 'lo'],
  ].every((words) => spawnSync('ip', words).status === 0);
const whereAllowed = hasNamespace() ? describe : describe.skip;
afterAll(() => {
  spawnSync('ip', ['netns', 'del', NAMESPACE]);
});

whereAllowed('a node with a secret on a network', () => {
  test('keeps clients of other machines out until there is a user, and operators in', async () => {
    const secret = await newSecret('secret');
    const node = new NodeProcess('a', `${directory.path}/a`, ['--secret-file', secret], INSIDE);
    nodes.push(node);
    await node.start(null, '10.231.78.1:7379');
    const entry = (...flags: string[]) => mneme(['entry', 'set', 'k', 'v', '--node', node.address, ...flags], INSIDE);
    const stranger = await entry();
    expect([stranger.code, stranger.stderr.replace(/\s+/g, ' ')]).toEqual([
      6,
      expect.stringMatching(/once there is a user/),
    ]);
    expect((await entry('--secret-file', secret)).code).toBe(0);

    const password = `${directory.path}/password`;
    writeFileSync(password, 'a password of some length', { mode: 0o600 });
    const added = await mneme(
      [
        'user',
        'add',
        'ada',
        '--role',
        'admin',
        '--new-password-file',
        password,
        '--node',
        node.address,
        '--secret-file',
        secret,
      ],
      INSIDE,
    );
    expect([added.code, added.stderr]).toEqual([0, '']);
    expect((await entry()).stderr).toMatch(/asks who you are/);
    expect((await entry('--user', 'ada', '--password-file', password)).code).toBe(0);
    expect((await entry('--secret-file', secret)).code).toBe(0);
  });
});

describe('a cluster with TLS', () => {
  test('replicates, serves clients and commands by it, and takes new certificates while it runs', async () => {
    const authority = new Authority();
    const tls = (name: string) => {
      const { cert, key, ca } = authority.files(`${directory.path}/${name}.tls`, name);
      return ['--tls-cert', cert, '--tls-key', key, '--tls-ca', ca];
    };
    const secret = await newSecret('secret');
    const plain = await freePort();
    const a = await start('a', [...tls('a'), '--secret-file', secret, '--listen-plain', `127.0.0.1:${plain}`]);
    const b = await start('b', [...tls('b'), '--secret-file', secret], a.address);
    const asks = ['--tls-ca', `${directory.path}/a.tls/ca.pem`, '--secret-file', secret];

    const local = new Redis(plain);
    expect(await local.set('k', 'v')).toBe('OK');
    local.disconnect();
    const remote = new Redis(Number(b.address.split(':')[1]), { tls: { ca: authority.pem } });
    await until('the other has it', async () => (await remote.get('k')) === 'v');

    expect((await mneme(['cluster', 'status', '--node', a.address, ...asks])).code).toBe(0);
    expect((await mneme(['cluster', 'status', '--node', a.address, '--secret-file', secret])).code).toBe(6);
    expect((await mneme(['entry', 'get', 'k', '--node', a.address, ...asks])).stdout).toBe('v');

    const { cert, key } = authority.issue('renewed', 3);
    writeFileSync(`${directory.path}/b.tls/cert.pem`, cert);
    writeFileSync(`${directory.path}/b.tls/key.pem`, key, { mode: 0o600 });
    await until('it is read', async () => /certificates were read anew: CN=renewed/.test(b.logText));
    // Connections that are there stay.
    expect(await remote.get('k')).toBe('v');
    remote.disconnect();
    const status = await mneme(['cluster', 'status', '--node', b.address, ...asks]);
    expect(status.stdout.replace(/\s+/g, ' ')).toMatch(/the certificate in \S+cert\.pem ends on/);
  });
});
