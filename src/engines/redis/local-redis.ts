import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { OperatorError } from '../../core/model/errors.js';
import { RedisClient } from './redis-client.js';
import { parseTarget } from './target.js';

const START_MS_MAX = 10_000;

/** A redis-server of our own, in memory alone, for the demo. */
export class LocalRedis {
  readonly url: string;
  private child: ChildProcess | null = null;

  constructor(
    readonly port: number,
    private readonly dir: string,
  ) {
    this.url = `redis://127.0.0.1:${port}`;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Starts it, empty; resolves when it serves. */
  async start(): Promise<void> {
    const args = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--dir', this.dir];
    const child = spawn('redis-server', args, { stdio: 'ignore' });
    await Promise.race([once(child, 'spawn'), once(child, 'error').then(([error]) => Promise.reject(missing(error)))]);
    this.child = child;
    const deadlineMs = performance.now() + START_MS_MAX;
    while (!(await this.answers())) {
      if (performance.now() > deadlineMs) throw new Error(`redis-server does not serve on port ${this.port}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async stop(): Promise<void> {
    const child = this.child;
    this.child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  private async answers(): Promise<boolean> {
    try {
      const client = await RedisClient.connect(parseTarget(this.url));
      await client.send('PING').finally(() => client.close());
      return true;
    } catch {
      // It is still starting.
      return false;
    }
  }
}

function missing(cause: unknown): OperatorError {
  const message = 'redis-server cannot be started: the demo of this engine needs one.';
  return new OperatorError('refused', message, 'apt-get install redis-server', { cause });
}
