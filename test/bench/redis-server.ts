import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { answerOf, freePort, infoField, until } from './probes.js';

/** Appended to a log that is synced once a second: Redis' own durable setting. */
export const APPEND_ONLY = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'everysec'] as const;
export const NO_PERSISTENCE = ['--save', '', '--appendonly', 'no'] as const;

/** MNEME_TEST_REDIS_SERVER names another program to test with, such as valkey-server. */
export const PROGRAM = process.env.MNEME_TEST_REDIS_SERVER ?? 'redis-server';
const versions = new Map<string, string | null>();

/** "7.0.15"; null if it is not installed. */
export function redisServerVersion(program = PROGRAM): string | null {
  return versionOf(program, /v=([\d.]+)/);
}

export function redisBenchmarkVersion(): string | null {
  return versionOf('redis-benchmark', /([\d.]+)/);
}

/** A redis-server of our own, on a free port of this machine. */
export class RedisServer {
  port = 0;
  private child: ChildProcess | null = null;

  constructor(
    readonly directory: string,
    private readonly flags: readonly string[],
    private readonly program = PROGRAM,
  ) {}

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  /** Starts it, or starts it again; resolves when it serves. */
  async start(): Promise<void> {
    await this.spawn();
    await until('redis-server serves', async () => (await answerOf(this.port, ['PING'])) === '+PONG');
  }

  /** Starts it without waiting until it serves. */
  async spawn(): Promise<void> {
    this.port ||= await freePort();
    const where = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.directory];
    const child = spawn(this.program, [...where, ...this.flags], { stdio: 'ignore' });
    child.once('error', () => {});
    this.child = child;
  }

  /** The rewrite of the log that loading has set off would disturb what is measured after it. */
  async untilQuiet(): Promise<void> {
    await until(
      'redis-server has rewritten its log',
      async () => (await infoField(this.port, 'aof_rewrite_in_progress')) === 0,
      { timeoutMs: 120_000, pollMs: 100 },
    );
  }

  async kill(): Promise<void> {
    const child = this.child;
    this.child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

// ---

function versionOf(program: string, pattern: RegExp): string | null {
  const known = versions.get(program);
  if (known !== undefined) return known;
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  const version = status === 0 ? (pattern.exec(stdout)?.[1] ?? 'unknown') : null;
  versions.set(program, version);
  return version;
}
