import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerOf, freePort, until } from '../bench/probes.js';
import { PROGRAM, RedisServer } from '../bench/redis-server.js';
import { call } from './redis-cluster.js';
import { noneWhileClosed } from './sites.js';

const NAME = 'main';

/** A master with a replica, and Sentinels that watch them. */
export class Sentinels {
  readonly master: RedisServer;
  readonly replica: RedisServer;
  private readonly dir = mkdtempSync(join(tmpdir(), 'mneme-sentinels-'));
  private readonly sentinels: { port: number; child: ChildProcess }[] = [];

  constructor() {
    const [master, replica] = ['master', 'replica'].map((name) => {
      const dir = join(this.dir, name);
      mkdirSync(dir);
      return new RedisServer(dir, ['--save', '', '--appendonly', 'no', '--repl-diskless-sync-delay', '0']);
    });
    this.master = master!;
    this.replica = replica!;
  }

  get seeds(): { host: string; port: number }[] {
    return this.sentinels.map(({ port }) => ({ host: '127.0.0.1', port }));
  }

  get name(): string {
    return NAME;
  }

  /** The first address is of no Sentinel. */
  get url(): string {
    return `redis+sentinel://127.0.0.1:1,${this.seeds.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${NAME}`;
  }

  async start(): Promise<this> {
    await this.master.start();
    await this.replica.start();
    await call(this.replica, 'REPLICAOF', '127.0.0.1', this.master.port);
    await until('the replica is in sync', async () =>
      String(await call(this.replica, 'INFO', 'replication')).includes('master_link_status:up'),
    );
    for (let i = 0; i < 3; i++) await this.startOne(i);
    await until(
      'the Sentinels know each other',
      async () => {
        const views = await Promise.all(this.sentinels.map(({ port }) => view(port)));
        return views.every((text) => text.includes('slaves=1,sentinels=3'));
      },
      { timeoutMs: 20_000, pollMs: 100 },
    );
    return this;
  }

  /** The replica takes over from a master that is alive, and takes writes for some more seconds. */
  async failOver(): Promise<void> {
    await call({ port: this.sentinels[0]!.port } as RedisServer, 'SENTINEL', 'FAILOVER', NAME);
    await this.untilReplicaIsMaster();
  }

  async untilReplicaIsMaster(): Promise<void> {
    await until(
      'the replica has taken over',
      // Sentinels end all connections of the server that they promote.
      async () => String(await call(this.replica, 'ROLE').catch(noneWhileClosed)).startsWith('master'),
      { timeoutMs: 20_000, pollMs: 50 },
    );
  }

  async stop(): Promise<void> {
    const ends = this.sentinels.map(async ({ child }) => {
      if (child.exitCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    });
    await Promise.all([...ends, this.master.kill(), this.replica.kill()]);
    rmSync(this.dir, { recursive: true, force: true });
  }

  private async startOne(index: number): Promise<void> {
    const port = await freePort();
    const file = join(this.dir, `sentinel-${index}.conf`);
    const lines = [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${this.dir}`,
      `sentinel monitor ${NAME} 127.0.0.1 ${this.master.port} 2`,
      `sentinel down-after-milliseconds ${NAME} 1000`,
      `sentinel failover-timeout ${NAME} 5000`,
    ];
    writeFileSync(file, lines.join('\n'));
    const child = spawn(PROGRAM, [file, '--sentinel'], { stdio: 'ignore' });
    this.sentinels.push({ port, child });
    await until('the Sentinel serves', async () => (await answerOf(port, ['PING'])) === '+PONG');
  }
}

async function view(port: number): Promise<string> {
  return String(await call({ port } as RedisServer, 'INFO', 'sentinel'));
}
