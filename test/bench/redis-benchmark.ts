import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { endingWithUs } from './children.js';
import { infoField } from './probes.js';
import { CONNECTIONS, VALUE_BYTES } from './workload.js';

/** What a load is, whatever its commands are. */
export interface Pace {
  readonly port: number;
  readonly requests: number;
  /** Keys are drawn from so many, by chance. */
  readonly keys: number;
  readonly pipeline: number;
  /** Default: {@link VALUE_BYTES}. */
  readonly valueBytes?: number;
  /** Default: {@link CONNECTIONS}. */
  readonly connections?: number;
  /** By TLS, with this file of the authority to trust; null, and the default: without. */
  readonly tlsCa?: string | null;
  readonly user?: { readonly name: string; readonly password: string } | null;
}

export interface Load extends Pace {
  readonly commands: readonly ('set' | 'get')[];
}

export interface LoadResult {
  readonly opsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Run redis-benchmark to its end; the results by command. */
export function runLoad(load: Load): Promise<Record<string, LoadResult>> {
  return resultsFrom(spawnLoad(load, ['--csv', '-t', load.commands.join(',')]), load.commands);
}

/** The same with one command of any words; `__rand_int__` in them is a number below `keys`, another one each time. */
export async function runCommand(pace: Pace, words: readonly string[]): Promise<LoadResult> {
  const title = words.join(' ').toLowerCase();
  return (await resultsFrom(spawnLoad(pace, ['--csv', ...words]), [title]))[title]!;
}

/** A load that goes on until it is killed. */
export class SteadyLoad {
  private readonly child: ChildProcess;

  constructor(private readonly load: Load) {
    this.child = spawnLoad(load, ['-q', '-l', '-t', load.commands.join(',')]);
    this.child.stdout?.resume();
  }

  /** Operations a second that the server carries out while `meanwhile` runs, by the server's own count. */
  async rateWhile(meanwhile: () => Promise<unknown>): Promise<number> {
    const before = await this.processed();
    const startedMs = performance.now();
    await meanwhile();
    const after = await this.processed();
    return ((after - before) * 1000) / (performance.now() - startedMs);
  }

  rateOver(durationMs: number): Promise<number> {
    return this.rateWhile(() => sleep(durationMs));
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }

  private processed(): Promise<number> {
    return infoField(this.load.port, 'total_commands_processed');
  }
}

// ---

async function resultsFrom(child: ChildProcess, expected: readonly string[]): Promise<Record<string, LoadResult>> {
  let out = '';
  child.stdout?.on('data', (chunk) => {
    out += String(chunk);
  });
  const [code] = (await endingWithUs(child, () => once(child, 'close'))) as [number | null];
  const results = resultsOf(out);
  const missing = expected.find((command) => results[command] === undefined);
  if (code !== 0 || missing !== undefined) throw new Error(`redis-benchmark ended with ${code}:\n${out}`);
  return results;
}

function spawnLoad(load: Pace, flags: readonly string[]): ChildProcess {
  const { port, requests, keys, pipeline, valueBytes = VALUE_BYTES, connections = CONNECTIONS } = load;
  const { tlsCa = null, user = null } = load;
  const numbers = { '-p': port, '-c': connections, '-n': requests, '-r': keys, '-d': valueBytes, '-P': pipeline };
  const args = Object.entries(numbers).flatMap(([flag, value]) => [flag, String(value)]);
  const tls = tlsCa === null ? [] : ['--tls', '--cacert', tlsCa];
  const as = user === null ? [] : ['--user', user.name, '-a', user.password];
  return spawn('redis-benchmark', ['-h', '127.0.0.1', ...tls, ...as, ...args, ...flags], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** Lines of `"SET","95969.28","0.285","0.096","0.279","0.439","0.591","1.079"`, as the head of the list says. */
function resultsOf(csv: string): Record<string, LoadResult> {
  const results: Record<string, LoadResult> = {};
  for (const line of csv.split('\n')) {
    const [command, opsPerSecond, , , p50, , p99] = line.split(',').map((cell) => cell.replaceAll('"', ''));
    if (command === undefined || p99 === undefined || command === 'test') continue;
    results[command.toLowerCase()] = { opsPerSecond: Number(opsPerSecond), p50Ms: Number(p50), p99Ms: Number(p99) };
  }
  return results;
}
