import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { setTrust } from '../../src/admin/client/dial.js';
import { openTrust } from '../../src/links/open-trust.js';
import { freePort } from '../bench/probes.js';
import { Authority } from '../links/certificates.js';
import { mneme, NodeProcess, statusOf, temporaryDirectory, until, untilInSync } from './processes.js';

const NAMES = ['a', 'b', 'c'] as const;
const [OLD, NEW] = ['o'.repeat(43), 'n'.repeat(43)];

/** Writes to one node as fast as it is answered, and keeps account of what was acknowledged. */
class Writer {
  acknowledged = 0;
  /** Writes that failed although the node was there. */
  readonly failures: string[] = [];
  isUp = true;
  private client: Redis;
  private isOver = false;
  private readonly ended: Promise<void>;

  constructor(
    private readonly name: string,
    private readonly port: number,
  ) {
    this.client = this.connect(null);
    this.ended = this.run();
  }

  /** As a client is configured anew. */
  reconnect(ca: string): void {
    this.client.disconnect();
    this.client = this.connect(ca);
  }

  key(index: number): string {
    return `${this.name}:${index}`;
  }

  /** Until it has written again. */
  async goesOn(): Promise<void> {
    const from = this.acknowledged;
    await until(`the client of ${this.name} writes`, async () => this.acknowledged > from + 5);
  }

  async end(): Promise<void> {
    this.isOver = true;
    await this.ended;
    this.client.disconnect();
  }

  private connect(ca: string | null): Redis {
    const client = new Redis(this.port, '127.0.0.1', {
      ...{ retryStrategy: () => 50, maxRetriesPerRequest: null, enableReadyCheck: false, disconnectTimeout: 100 },
      ...(ca === null ? {} : { tls: { ca } }),
    });
    client.on('error', () => {});
    return client;
  }

  private async run(): Promise<void> {
    while (!this.isOver) {
      const wasUp = this.isUp;
      try {
        await this.client.set(this.key(this.acknowledged), 'v');
        this.acknowledged++;
      } catch (error) {
        if (wasUp && this.isUp && !/Connection is closed/.test(String(error))) this.failures.push(String(error));
      }
      await pause(2);
    }
  }
}

describe('a running cluster, with clients that write', () => {
  const directory = temporaryDirectory();
  const nodes = new Map<string, NodeProcess>();
  const writers = new Map<string, Writer>();
  const authority = new Authority();
  const secretFile = `${directory.path}/secret`;
  const tls = new Map(NAMES.map((name) => [name as string, authority.files(`${directory.path}/${name}.tls`, name)]));

  afterAll(async () => {
    setTrust(null);
    await Promise.all([...writers.values()].map((writer) => writer.end()));
    await Promise.all([...nodes.values()].map((node) => node.kill()));
    directory.remove();
  });

  const secretOf = (...secrets: string[]) => writeFileSync(secretFile, secrets.join('\n'), { mode: 0o600 });
  const tlsFlags = (name: string): string[] => {
    const { cert, key, ca } = tls.get(name)!;
    return ['--tls-cert', cert, '--tls-key', key, '--tls-ca', ca];
  };
  /** What this test asks nodes with: whatever they have by now. */
  const ask = () =>
    setTrust(openTrust({ secretFile, secretOptional: true, tlsCa: tls.get('a')!.ca, tlsOptional: true }, false));
  const problems = async (name: string) => {
    const { problems: found = [] } = await statusOf(nodes.get(name)!.address);
    return found.map(({ kind, text }) => `${kind}: ${text}`);
  };

  /** While clients write, some lag is always there. */
  async function untilLinked(): Promise<void> {
    for (const { address } of nodes.values()) {
      await until(`${address} is linked to all`, async () => {
        const links = (await statusOf(address).catch(() => null))?.members.map(({ link }) => link) ?? [];
        return links.length === NAMES.length && links.every((link) => link === 'self' || link === 'in-sync');
      });
    }
  }

  /** Stops a node in good order and starts it with more flags, as a service manager would. */
  async function restart(name: string, flags: string[]): Promise<void> {
    const before = nodes.get(name)!;
    const writer = writers.get(name)!;
    writer.isUp = false;
    await before.kill('SIGTERM');
    const others = [...writers.values()].filter((one) => one !== writer);
    await Promise.all(others.map((one) => one.goesOn()));
    const node = new NodeProcess(name, before.dir, flags);
    nodes.set(name, node);
    await node.start(null, before.address);
    await untilLinked();
    await writer.goesOn();
    writer.isUp = true;
  }

  async function each(flags: (name: string) => string[], meanwhile?: (name: string) => Promise<void>): Promise<void> {
    for (const name of NAMES) {
      await restart(name, flags(name));
      await meanwhile?.(name);
    }
  }

  test('gets a secret, TLS and a new secret by rolling restarts: nothing acknowledged is lost, and only a restart interrupts', async () => {
    let first = '';
    for (const name of NAMES) {
      const node = new NodeProcess(name, `${directory.path}/${name}`);
      nodes.set(name, node);
      await node.start(first === '' ? null : first, `127.0.0.1:${await freePort()}`);
      first ||= node.address;
      writers.set(name, new Writer(name, Number(node.address.split(':')[1])));
    }
    await untilLinked();

    secretOf(OLD);
    ask();
    await each(
      () => ['--secret-file', secretFile, '--secret-optional'],
      async (name) => {
        if (name !== 'a') return;
        const told = ['b', 'c'].map((other) => `without-secret: ${other} still talks without the cluster's secret`);
        await until('a says who lacks it', async () => String((await problems('a')).sort()) === String(told));
      },
    );
    await until('a says that all have it', async () => /^secret-optional: /.test((await problems('a')).join('\n')));
    await each(() => ['--no-secret-optional']);
    await until('all is well', async () => (await problems('a')).length === 0);
    // Who does not know it is out by now.
    expect((await mneme(['cluster', 'status', '--node', nodes.get('a')!.address])).code).toBe(6);

    await each(
      (name) => [...tlsFlags(name), '--tls-optional'],
      async (name) => {
        if (name !== 'a') return;
        const told = ['b', 'c'].map((other) => `without-tls: ${other} still talks without TLS`);
        await until('a says who lacks it', async () => String((await problems('a')).sort()) === String(told));
      },
    );
    for (const writer of writers.values()) writer.reconnect(authority.pem);
    await Promise.all([...writers.values()].map((writer) => writer.goesOn()));
    await each(() => ['--no-tls-optional']);
    await until('all is well', async () => (await problems('a')).length === 0);

    secretOf(NEW, OLD);
    ask();
    await each(
      () => [],
      async (name) => {
        if (name !== 'a') return;
        const told = ['b', 'c'].map((other) => `old-secret: ${other} still talks with the old secret`);
        await until('a says who has the old one', async () => String((await problems('a')).sort()) === String(told));
      },
    );
    secretOf(NEW);
    ask();
    await each(() => []);
    await until('all is well', async () => (await problems('a')).length === 0);

    for (const writer of writers.values()) await writer.end();
    await untilInSync(...nodes.values());
    expect([...writers.values()].flatMap(({ failures }) => failures)).toEqual([]);
    for (const node of nodes.values()) {
      const client = new Redis(Number(node.address.split(':')[1]), {
        tls: { ca: authority.pem },
        disconnectTimeout: 100,
      });
      for (const writer of writers.values()) {
        const keys = Array.from({ length: writer.acknowledged }, (_, i) => writer.key(i));
        expect(keys.length).toBeGreaterThan(100);
        expect(await client.exists(...keys)).toBe(keys.length);
      }
      client.disconnect();
    }
  }, 600_000);
});
