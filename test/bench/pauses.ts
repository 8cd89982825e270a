import { existsSync, readFileSync, rmSync } from 'node:fs';
import { until } from './probes.js';

const HOOK = new URL('./pause-hook.js', import.meta.url).href;

/** For how long the event loops of nodes were held, which are started by commands that begin with `inside`. */
export class Pauses {
  readonly inside: readonly string[];

  constructor(private readonly directory: string) {
    this.inside = ['env', `NODE_OPTIONS=--import=${HOOK}`, `MNEME_BENCH_PAUSES=${directory}`];
  }

  /** The longest since it was asked the last time. */
  async longestMs(pid: number): Promise<number> {
    const path = `${this.directory}/${pid}`;
    const text = (): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');
    rmSync(path, { force: true });
    process.kill(pid, 'SIGUSR2');
    await until('it has said it', async () => text().endsWith('\n'));
    return Number(text());
  }
}
