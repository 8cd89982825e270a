import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '@jest/globals';

/** A redis-server to compare with. */
export class RedisBeside {
  private constructor(
    readonly port: number,
    private readonly process: ChildProcess,
    private readonly directory: string,
  ) {}

  static async start(): Promise<RedisBeside> {
    const port = await freePort();
    const directory = mkdtempSync(join(tmpdir(), 'mneme-resp-'));
    const place = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', directory];
    const options = [...place, '--proto-max-bulk-len', '67108864'];
    const child = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'ignore'] });
    let log = '';
    for await (const chunk of child.stdout!) {
      log += String(chunk);
      if (log.includes('Ready to accept connections')) break;
    }
    return new RedisBeside(port, child, directory);
  }

  async stop(): Promise<void> {
    this.process.kill();
    await once(this.process, 'exit');
    rmSync(this.directory, { recursive: true });
  }
}

/** Left out where redis-server is not installed. */
export const describeWithRedis = isInstalled('redis-server') ? describe : describe.skip;

/** Whether there is such a program. */
export function isInstalled(program: string): boolean {
  try {
    execFileSync(program, ['--version']);
    return true;
  } catch {
    return false;
  }
}

// ---

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
