import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const LOADER = new URL('./register.js', import.meta.url).href;
const PROGRAM = fileURLToPath(new URL('./watched-node.ts', import.meta.url));

/** What a node's process noticed since its start, or since it was asked the last time. */
export interface PauseReport {
  readonly longestMs: number;
  readonly p999Ms: number;
  readonly longestGcMs: number;
}

/** A durable node in a process that watches its own event loop. */
export class WatchedNode {
  private child: ChildProcess | null = null;
  private lines: Interface | null = null;

  constructor(private readonly directory: string) {}

  /** Gives the node's address. */
  async start(): Promise<string> {
    const child = spawn(process.execPath, ['--import', LOADER, PROGRAM, this.directory], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.child = child;
    this.lines = createInterface({ input: child.stdout });
    return this.nextLine();
  }

  /** Asks what was noticed since the last time. */
  async report(): Promise<PauseReport> {
    this.child?.stdin?.write('report\n');
    return JSON.parse(await this.nextLine()) as PauseReport;
  }

  async kill(): Promise<void> {
    const child = this.child;
    this.child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  private async nextLine(): Promise<string> {
    const line = this.lines === null ? [] : await Promise.race([once(this.lines, 'line'), once(this.lines, 'close')]);
    if (typeof line[0] !== 'string') throw new Error('the watched node ended by itself');
    return line[0];
  }
}
