import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const LOADER = new URL('./register.js', import.meta.url).href;
const PROGRAM = fileURLToPath(new URL('./bare-relay.ts', import.meta.url));

/** The two processes of a bare relay between two servers, see the program. */
export class BareRelay {
  /** Where each of them answers. */
  readonly ports: number[] = [];
  private readonly children: ChildProcess[] = [];

  async start(from: number, to: number): Promise<this> {
    const taking = await this.spawn('to', to);
    await this.spawn('from', from, taking);
    return this;
  }

  async kill(): Promise<void> {
    await Promise.all(
      this.children.splice(0).map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        child.kill('SIGKILL');
        await once(child, 'exit');
      }),
    );
  }

  private async spawn(...args: (string | number)[]): Promise<number> {
    const child = spawn(process.execPath, ['--import', LOADER, PROGRAM, ...args.map(String)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.children.push(child);
    const lines = createInterface({ input: child.stdout });
    const [line] = await Promise.race([once(lines, 'line'), once(lines, 'close')]);
    if (typeof line !== 'string') throw new Error('the relay ended by itself');
    this.ports.push(Number(line));
    return Number(line);
  }
}
