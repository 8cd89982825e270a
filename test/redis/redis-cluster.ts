import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { until } from '../bench/probes.js';
import { RedisServer } from '../bench/redis-server.js';

const FLAGS = ['--save', '', '--appendonly', 'no', '--cluster-enabled', 'yes', '--cluster-node-timeout', '1000'];
const SLOTS = 16384;

/** A Redis Cluster of our own: masters, each with a replica. */
export class RedisCluster {
  readonly masters: RedisServer[] = [];
  readonly replicas: RedisServer[] = [];
  private readonly dir = mkdtempSync(join(tmpdir(), 'mneme-redis-cluster-'));

  constructor(
    private readonly size = 3,
    private readonly flags: readonly string[] = [],
  ) {}

  get url(): string {
    return `redis+cluster://${this.masters.map(({ port }) => `127.0.0.1:${port}`).join(',')}`;
  }

  get seeds(): { host: string; port: number }[] {
    return this.servers.map(({ port }) => ({ host: '127.0.0.1', port }));
  }

  /** @param withReplicas without them a master that is lost is not replaced */
  async start(withReplicas = true): Promise<this> {
    const count = this.size * (withReplicas ? 2 : 1);
    const servers = Array.from({ length: count }, (_, i) => {
      const dir = join(this.dir, String(i));
      mkdirSync(dir);
      return new RedisServer(dir, [...FLAGS, ...this.flags]);
    });
    for (const server of servers) await server.start();
    this.masters.push(...servers.slice(0, this.size));
    this.replicas.push(...servers.slice(this.size));
    await this.meet();
    for (const [i, replica] of this.replicas.entries()) {
      await call(replica, 'CLUSTER', 'REPLICATE', await idOf(this.masters[i]!));
    }
    await until('all replicas are in sync', () => this.isWhole(), { timeoutMs: 20_000, pollMs: 100 });
    return this;
  }

  /** The replica of a master takes over, with all that it has written. */
  async failOver(index: number): Promise<void> {
    await call(this.replicas[index]!, 'CLUSTER', 'FAILOVER');
    await this.untilMaster(index);
  }

  /** Of the replica of this master. */
  async untilMaster(index: number): Promise<void> {
    const replica = this.replicas[index]!;
    await until('the replica has taken over', async () => String(await call(replica, 'ROLE')).startsWith('master'), {
      timeoutMs: 15_000,
      pollMs: 50,
    });
  }

  /** Move a slot with its keys from one master to another. `between` runs while the keys are at both. */
  async move(slot: number, from: RedisServer, to: RedisServer, between = async (): Promise<void> => {}): Promise<void> {
    const [source, target] = [await idOf(from), await idOf(to)];
    await call(to, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', source);
    await call(from, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', target);
    const migrate = async (count: number): Promise<number> => {
      const keys = (await call(from, 'CLUSTER', 'GETKEYSINSLOT', slot, count)) as string[];
      if (keys.length > 0) await call(from, 'MIGRATE', '127.0.0.1', to.port, '', 0, 5000, 'KEYS', ...keys);
      return keys.length;
    };
    await migrate(1);
    await between();
    while ((await migrate(100)) > 0);
    for (const server of [to, from]) await call(server, 'CLUSTER', 'SETSLOT', slot, 'NODE', target);
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.kill()));
    rmSync(this.dir, { recursive: true, force: true });
  }

  private get servers(): RedisServer[] {
    return [...this.masters, ...this.replicas];
  }

  private async meet(): Promise<void> {
    const width = Math.ceil(SLOTS / this.size);
    for (const [i, server] of this.servers.entries()) {
      await call(server, 'CLUSTER', 'SET-CONFIG-EPOCH', i + 1);
      if (i > 0) await call(server, 'CLUSTER', 'MEET', '127.0.0.1', this.masters[0]!.port);
      if (i >= this.size) continue;
      const last = Math.min(SLOTS, (i + 1) * width) - 1;
      await call(server, 'CLUSTER', 'ADDSLOTSRANGE', i * width, last);
    }
    await until('all know all', () => this.isWhole(), { timeoutMs: 20_000, pollMs: 100 });
  }

  private async isWhole(): Promise<boolean> {
    const infos = await Promise.all(this.servers.map((server) => call(server, 'CLUSTER', 'INFO')));
    const roles = await Promise.all(this.replicas.map((server) => call(server, 'ROLE')));
    const isKnown = infos.every((info) => {
      const text = String(info);
      return text.includes('cluster_state:ok') && text.includes(`cluster_known_nodes:${this.servers.length}\r`);
    });
    return isKnown && roles.every((role) => !String(role).startsWith('slave') || String(role).includes('connected'));
  }
}

/** One command to one server. */
export async function call({ port }: RedisServer, command: string, ...args: (string | number)[]): Promise<unknown> {
  const client = new Redis({ port, lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => {});
  try {
    return await client.call(command, ...args.map(String));
  } finally {
    client.disconnect();
  }
}

async function idOf(server: RedisServer): Promise<string> {
  return String(await call(server, 'CLUSTER', 'MYID'));
}
