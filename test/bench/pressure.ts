import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { quantile } from './figures.js';

export interface PressureInput {
  /** Writers are spread evenly over these. */
  readonly ports: readonly number[];
  readonly clientsPerPort: number;
  /** Over all ports together; Infinity: as fast as it goes, each client waiting for its answers. */
  readonly writesPerSecond: number;
  /** So many keys, from this one on. */
  readonly keys: number;
  readonly firstKey: number;
}

export interface PressureResult {
  readonly seconds: number;
  /** Milliseconds from a write to its answer. */
  readonly latencies: readonly number[];
  readonly refused: number;
}

export interface PressureReport {
  readonly writesPerSecond: number;
  readonly p99Ms: number;
}

/** Clients that write all the time, in a thread of their own. */
export class Pressure {
  private constructor(private readonly worker: Worker) {}

  static start(input: PressureInput): Pressure {
    const loader = new URL('./register.js', import.meta.url).href;
    const options = { workerData: input, execArgv: ['--import', loader] };
    return new Pressure(new Worker(new URL('./pressure-writers.ts', import.meta.url), options));
  }

  /** What the clients saw since the last report. Throws if a write was refused. */
  async report(): Promise<PressureReport> {
    this.worker.postMessage('report');
    const [{ seconds, latencies, refused }] = (await once(this.worker, 'message')) as [PressureResult];
    if (refused > 0) throw new Error(`${refused} writes were refused`);
    const sorted = Float64Array.from(latencies).sort();
    return { writesPerSecond: sorted.length / seconds, p99Ms: sorted.length === 0 ? 0 : quantile(sorted, 0.99) };
  }

  async stop(): Promise<void> {
    await this.worker.terminate();
  }
}
