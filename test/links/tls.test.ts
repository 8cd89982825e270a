import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { AdminConnection } from '../../src/admin/client/connection.js';
import { setTrust } from '../../src/admin/client/dial.js';
import { OPEN_ACCESS } from '../../src/fronts/resp/access/access.js';
import { withSecret } from '../../src/fronts/resp/access/with-secret.js';
import { Guard, type Refusal } from '../../src/links/guard.js';
import { openTrust, type TrustOptions } from '../../src/links/open-trust.js';
import { LinkTransport } from '../../src/links/tcp.js';
import { NO_TRUST, type Seal, type Trust } from '../../src/links/trust.js';
import { freePort } from '../bench/probes.js';
import { Harness, until } from '../resp/harness.js';
import { RawClient } from '../resp/raw-client.js';
import { Authority } from './certificates.js';
import { Recorder } from './recorder.js';

const SECRET = 's'.repeat(43);
let dir: string;
let authority: Authority;
const ends: (() => unknown)[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mneme-tls-'));
  authority = new Authority();
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  rmSync(dir, { recursive: true, force: true });
});

function secretFile(name: string, ...secrets: string[]): string {
  const path = join(dir, name);
  writeFileSync(path, secrets.join('\n'), { mode: 0o600 });
  return path;
}

function withTls(name: string, from = authority, more: TrustOptions = {}): Trust {
  const { cert, key, ca } = from.files(join(dir, name), name);
  return openTrust({ tlsCert: cert, tlsKey: key, tlsCa: ca, ...more }, true);
}

/** A port of a node, with what came in and who was refused. */
async function port(trust: Trust, plain?: { host: string; port: number }) {
  const seals: Seal[] = [];
  const refusals: Refusal[] = [];
  const guard = new Guard(
    trust,
    () => 'a'.repeat(16),
    (_host, refusal) => refusals.push(refusal),
  );
  const seen = new Recorder();
  const transport = new LinkTransport(seen);
  const harness = await Harness.start({
    guard,
    linkHandler: (socket, rest, seal) => {
      seals.push(seal);
      transport.accept(socket, rest, seal);
    },
    adminHandler: async () => '{}',
    access: trust.secret === null ? OPEN_ACCESS : withSecret(OPEN_ACCESS),
    ...(plain === undefined ? {} : { plain }),
  });
  ends.push(async () => {
    await transport.closeAll();
    await harness.stop();
  });
  return { guard, harness, seals, refusals, address: `127.0.0.1:${harness.port}`, seen };
}

/** Dials a link; resolves with its seal, or with the code of the failure. */
async function dial(address: string, trust: Trust): Promise<Seal | string> {
  const seen = new Recorder();
  const transport = new LinkTransport(seen, {}, undefined, trust, 'b'.repeat(16));
  ends.push(() => transport.closeAll());
  transport.dial(address, 5000);
  await until(() => seen.links.length + seen.failedDials.length > 0, 'the dial has ended');
  return seen.failedDials[0]?.error.code ?? seen.link.seal;
}

describe('links by TLS', () => {
  test('are checked in both directions, and carry messages', async () => {
    const { address, seals, seen } = await port(withTls('a'));
    expect(await dial(address, withTls('b'))).toEqual({ secret: 'nothing', tls: true });
    await until(() => seals.length === 1, 'the link is in');
    expect(seals).toEqual([{ secret: 'nothing', tls: true }]);
    expect(seen.links).toHaveLength(1);
  });

  test('with a secret are bound to it: both have shown it', async () => {
    const secret = { secretFile: secretFile('secret', SECRET) };
    const { address, seals } = await port(withTls('a', authority, secret));
    expect(await dial(address, withTls('b', authority, secret))).toEqual({ secret: 'current', tls: true });
    await until(() => seals.length === 1, 'the link is in');
    expect(seals).toEqual([{ secret: 'current', tls: true }]);
  });

  test('are not made to a node whose certificate another authority has signed', async () => {
    const { address, seals } = await port(withTls('a', new Authority('other')));
    expect(await dial(address, withTls('b'))).toMatch(/CERT|ISSUER/);
    expect(seals).toEqual([]);
  });

  test('of a node with a certificate of another authority are refused', async () => {
    const { address, refusals, seals } = await port(withTls('a'));
    const other = withTls('b', new Authority('other'));
    // It trusts the one it dials, whatever it shows itself.
    const ca = join(dir, 'a', 'ca.pem');
    const { cert, key } = other.tls!.paths;
    await dial(address, openTrust({ tlsCert: cert!, tlsKey: key!, tlsCa: ca }, true));
    await until(() => refusals.length === 1, 'it is refused');
    expect([refusals, seals]).toEqual([['no-certificate'], []]);
  });

  test('without TLS are refused, unless it is being introduced', async () => {
    const strict = await port(withTls('a'));
    await dial(strict.address, NO_TRUST);
    await until(() => strict.refusals.length === 1, 'it is refused');
    expect([strict.refusals, strict.seals]).toEqual([['no-tls'], []]);
    const lenient = await port(withTls('c', authority, { tlsOptional: true }));
    expect(await dial(lenient.address, NO_TRUST)).toEqual({ secret: 'nothing', tls: false });
    await until(() => lenient.seals.length === 1, 'the link is in');
  });

  test('are tried without TLS at a node that has none, while TLS is being introduced', async () => {
    const { address, seals } = await port(NO_TRUST);
    expect(await dial(address, withTls('b'))).toBe('ENOTLS');
    expect(await dial(address, withTls('c', authority, { tlsOptional: true }))).toEqual({
      secret: 'nothing',
      tls: false,
    });
    await until(() => seals.length === 1, 'the link is in');
  });

  test('take new certificates, once they were read anew, for connections from then on', async () => {
    const trust = withTls('a');
    const { address, guard, seals } = await port(trust);
    const next = new Authority('next');
    const withNext = withTls('b', next);
    expect(await dial(address, withNext)).toMatch(/CERT|ISSUER/);
    next.files(join(dir, 'a'), 'a');
    expect(trust.tls!.refresh()).toBe(true);
    guard.tls!.renew();
    expect(await dial(address, withNext)).toMatchObject({ tls: true });
    await until(() => seals.length === 1, 'the link is in');
    expect(trust.tls!.refresh()).toBe(false);
  });

  test('keep the certificates of before where the new ones do not go together', async () => {
    const trust = withTls('a');
    const { address, seals } = await port(trust);
    writeFileSync(trust.tls!.paths.key!, new Authority('x').issue('x').key);
    expect(() => trust.tls!.refresh()).toThrow(/the key is not that of the certificate/);
    expect(() => trust.tls!.refresh()).toThrow(/the key is not that of the certificate/);
    expect(await dial(address, withTls('b'))).toMatchObject({ tls: true });
    await until(() => seals.length === 1, 'the link is in');
  });
});

describe('a secret', () => {
  test('is shown by links and not needed at a node that has none, only where that is said', async () => {
    const secret = secretFile('secret', SECRET);
    const { address, seals } = await port(NO_TRUST);
    expect(await dial(address, openTrust({ secretFile: secret }, true))).toBe('MNEME-OPEN');
    const lenient = openTrust({ secretFile: secret, secretOptional: true }, true);
    expect(await dial(address, lenient)).toEqual({ secret: 'nothing', tls: false });
    await until(() => seals.length === 2, 'both were heard, and the first has hung up');
  });

  test('that a node lacks, or has another of, keeps its links out, and both sides can say why', async () => {
    const trust = openTrust({ secretFile: secretFile('secret', SECRET) }, true);
    const { address, seals, refusals } = await port(trust);
    const seen = new Recorder();
    const transport = new LinkTransport(seen);
    ends.push(() => transport.closeAll());
    transport.dial(address, 5000);
    await until(() => seen.messages.length === 1, 'the refusal is there');
    expect(seen.messages).toMatchObject([
      { type: 'refuse', code: 'untrusted', replica: '0'.repeat(16), clusterId: null },
    ]);
    expect(await dial(address, openTrust({ secretFile: secretFile('other', 'o'.repeat(43)) }, true))).toBe(
      'MNEME-REFUSED',
    );
    expect([refusals, seals]).toEqual([['no-secret', 'other-secret'], []]);
  });

  test('that is shown makes a client an operator; one that shows none has the data alone', async () => {
    const trust = openTrust({ secretFile: secretFile('secret', SECRET) }, true);
    const { harness } = await port(trust);
    const client = await harness.client();
    expect(await client.call('SET', 'k', 'v')).toBe('+OK\r\n');
    expect(await client.call('MNEME', 'STATUS')).toBe('-NOAUTH Authentication required.\r\n');
    expect(await client.call('CONFIG', 'SET', 'maxmemory', '0')).toMatch(/^-NOPERM/);
    setTrust(trust);
    ends.push(() => setTrust(null));
    const operator = await AdminConnection.connect('127.0.0.1', harness.port, 5000);
    ends.push(() => operator.close());
    expect(await operator.request(['MNEME', 'STATUS'], 5000)).toBe('{}');
  });

  test.each([
    ['is too short', ['short'], 0o600, /line 1 .* has 5 characters, and needs 32/],
    ['is not there', [''], 0o600, /holds no secret/],
    ['others can read', [SECRET], 0o644, /others can read/],
    ['one too many', Array(5).fill(SECRET), 0o600, /holds 5 secrets/],
  ])('that %s is refused at the start', (_why, secrets, mode, message) => {
    const path = join(dir, 'secret');
    writeFileSync(path, secrets.join('\n'), { mode });
    expect(() => openTrust({ secretFile: path }, true)).toThrow(message);
  });
});

describe('clients by TLS', () => {
  const redisTo = (address: string, more: object = {}): Redis => {
    const client = new Redis(Number(address.split(':')[1]), '127.0.0.1', {
      tls: { ca: authority.pem, ...more },
      disconnectTimeout: 100,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
    });
    client.on('error', () => {});
    ends.push(() => client.disconnect());
    return client;
  };

  test('work as without, large values and pipelines too', async () => {
    const { address } = await port(withTls('a'));
    const client = redisTo(address);
    const large = 'x'.repeat(3_000_000);
    expect(await client.set('large', large)).toBe('OK');
    expect((await client.get('large')) === large).toBe(true);
    const replies = await Promise.all(Array.from({ length: 1000 }, (_, i) => client.echo(`${i}`)));
    expect(replies).toEqual(Array.from({ length: 1000 }, (_, i) => `${i}`));
  });

  test('speak TLS 1.3, and nothing older', async () => {
    const { harness } = await port(withTls('a'));
    const old = connectTls({ port: harness.port, ca: authority.pem, maxVersion: 'TLSv1.2' });
    const error = await new Promise<Error>((resolve) => old.once('error', resolve));
    expect(error.message).toMatch(/protocol version/);
    const client: TLSSocket = connectTls({ port: harness.port, host: '127.0.0.1', ca: authority.pem });
    ends.push(() => client.destroy());
    await new Promise((resolve) => client.once('secureConnect', resolve));
    expect(client.getProtocol()).toBe('TLSv1.3');
  });

  test('need a certificate where that is required, and are told so', async () => {
    const { address, refusals } = await port(withTls('a', authority, { tlsClients: 'require' }));
    await expect(redisTo(address).set('k', 'v')).rejects.toThrow();
    await until(() => refusals.length > 0, 'it is refused');
    expect(refusals[0]).toBe('no-certificate');
    const { cert, key } = authority.issue('client');
    expect(await redisTo(address, { cert, key }).set('k', 'v')).toBe('OK');
  });

  test('that are commands of an operator need one too, and say so', async () => {
    const secret = secretFile('secret', SECRET);
    const { harness } = await port(withTls('a', authority, { tlsClients: 'require', secretFile: secret }));
    setTrust(openTrust({ secretFile: secret, tlsCa: join(dir, 'a', 'ca.pem') }, false));
    ends.push(() => setTrust(null));
    await expect(AdminConnection.connect('127.0.0.1', harness.port, 5000)).rejects.toThrow(/wants a certificate/);
  });

  test('that come without TLS are told so, and have a port of their own on this machine', async () => {
    const plain = { host: '127.0.0.1', port: await freePort() };
    const { harness, refusals, seals } = await port(withTls('a'), plain);
    const client = await harness.client();
    client.send('PING\r\n');
    expect(await client.reply()).toMatch(/^-ERR this port takes TLS only/);
    expect(refusals).toEqual(['no-tls']);
    const local = await RawClient.connect(plain.port);
    ends.push(() => local.close());
    expect(await local.line('PING')).toBe('+PONG\r\n');
    await dial(`127.0.0.1:${plain.port}`, NO_TRUST);
    await until(() => refusals.length === 2, 'a link is refused there');
    expect([refusals[1], seals]).toEqual(['plain-port', []]);
  });

  test('that break off in the middle of the handshake, or send noise, leave nothing behind', async () => {
    const { harness, address } = await port(withTls('a'));
    for (const bytes of [
      Buffer.of(0x16, 0x03, 0x01),
      Buffer.concat([Buffer.of(0x16, 0x03, 0x01, 0x02, 0x00), Buffer.alloc(512, 1)]),
    ]) {
      const socket = connect(harness.port, '127.0.0.1');
      socket.on('error', () => {});
      await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
      socket.destroy();
    }
    expect(await redisTo(address).set('k', 'v')).toBe('OK');
    expect(harness.listener.clients).toBe(1);
  });
});
