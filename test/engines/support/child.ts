import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A real process that runs a TypeScript file of this folder, and prints lines. */
export class Child {
  private readonly process: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  private readonly exit: Promise<unknown>;

  constructor(script: string, ...args: string[]) {
    const register = new URL('./register-ts.mjs', import.meta.url).href;
    const path = fileURLToPath(new URL(script, import.meta.url));
    this.process = spawn(process.execPath, ['--no-warnings', '--import', register, path, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.exit = once(this.process, 'exit');
    this.lines = createInterface({ input: this.process.stdout! })[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.process.pid!;
  }

  /** The next line it prints; undefined once it has ended and all was read. */
  async line(): Promise<string | undefined> {
    const next = await this.lines.next();
    return next.done === true ? undefined : next.value;
  }

  /** `kill -9`, and wait until it is gone. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.exit;
  }
}
