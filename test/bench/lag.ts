import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { quantile } from './figures.js';
import type { WatcherInput } from './lag-watcher.js';
import { nowMs, until } from './probes.js';
import { ReplyReader } from './replies.js';
import { encodeSet, keyText, valueText } from './workload.js';

export interface LagOptions {
  readonly writePort: number;
  /** One after the other, so that watching takes as little as can be of the processors that the nodes share. */
  readonly watchPorts: readonly number[];
  readonly writesPerSecond: number;
  /** Of each watched port. */
  readonly seconds: number;
  /** Keys are drawn from so many. */
  readonly keys: number;
}

export interface Lag {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** What was really written and answered. */
  readonly writesPerSecond: number;
  readonly pollsPerSecond: number;
}

/** How the lag is measured, for those who read the figures. */
export const METHOD =
  'lag: one process writes at a fixed rate, a batch each millisecond; the last write of a batch sets one key to the number ' +
  'of the batch. A thread reads that key from one of the other nodes after the other, with pauses of 0.2 ms, on the same ' +
  'clock: lag is from the write to the socket until a read shows the number, or a later one. The floor is the same with ' +
  'the written node itself being watched';

const PROBE_KEY = 'lag:probe';
const WARM_UP_SECONDS = 1;
const SEEN_MS_MAX = 60_000;

/** The time from a write here to its being readable there, in an open loop: a slow node does not slow the writer. */
export async function measureLag(options: LagOptions): Promise<Lag> {
  const watched: Watched[] = [];
  for (const port of options.watchPorts) watched.push(await watch(options, port));
  const lags = Float64Array.from(watched.flatMap((one) => one.lags)).sort();
  const mean = (of: (one: Watched) => number) => watched.reduce((sum, one) => sum + of(one), 0) / watched.length;
  return {
    p50Ms: quantile(lags, 0.5),
    p99Ms: quantile(lags, 0.99),
    maxMs: lags.at(-1)!,
    writesPerSecond: mean((one) => one.writesPerSecond),
    pollsPerSecond: mean((one) => one.pollsPerSecond),
  };
}

export interface WatcherResult {
  readonly lags: readonly number[];
  /** The batch of each lag. */
  readonly ids: readonly number[];
  readonly polls: number;
}

// ---

interface Watched {
  /** Milliseconds. */
  readonly lags: number[];
  readonly writesPerSecond: number;
  readonly pollsPerSecond: number;
}

async function watch(options: LagOptions, port: number): Promise<Watched> {
  const seconds = options.seconds + WARM_UP_SECONDS;
  const sentAtMs = new SharedArrayBuffer(8 * (Math.ceil(seconds * 1000) + 2));
  const watcher = startWatcher({ port, sentAtMs, key: PROBE_KEY });
  try {
    await once(watcher, 'message');
    const writesPerSecond = await writeOpenLoop(options, new Float64Array(sentAtMs), seconds);
    const { lags, ids, polls } = await resultOf(watcher);
    return {
      lags: [...afterWarmUp(lags, ids, new Float64Array(sentAtMs))],
      writesPerSecond,
      pollsPerSecond: polls / seconds,
    };
  } finally {
    await watcher.terminate();
  }
}

function startWatcher(input: WatcherInput): Worker {
  const loader = new URL('./register.js', import.meta.url).href;
  return new Worker(new URL('./lag-watcher.ts', import.meta.url), {
    workerData: input,
    execArgv: ['--import', loader],
  });
}

/** Once it has seen the last write: those that take longest count too. */
async function resultOf(worker: Worker): Promise<WatcherResult> {
  worker.postMessage('stop');
  const [result] = (await once(worker, 'message', { signal: AbortSignal.timeout(SEEN_MS_MAX) })) as [WatcherResult];
  return result;
}

function* afterWarmUp(lags: readonly number[], ids: readonly number[], sentAtMs: Float64Array): Iterable<number> {
  const fromMs = sentAtMs[1]! + WARM_UP_SECONDS * 1000;
  for (const [index, lag] of lags.entries()) if (sentAtMs[ids[index]!]! >= fromMs) yield lag;
}

/** Gives the writes a second that were answered. */
async function writeOpenLoop(options: LagOptions, sentAtMs: Float64Array, seconds: number): Promise<number> {
  const socket = connect({ port: options.writePort, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  let answered = 0;
  const reader = new ReplyReader((kind, body) => {
    if (kind === '-') throw new Error(`the server answered: ${body?.toString('latin1')}`);
    answered++;
  });
  socket.on('data', (chunk: Buffer) => reader.push(chunk));
  const startedMs = nowMs();
  const writer = new OpenLoopWriter(options, socket, sentAtMs, startedMs);
  await new Promise<void>((done) => {
    const timer = setInterval(() => {
      if (nowMs() - startedMs < seconds * 1000) return writer.write();
      clearInterval(timer);
      done();
    }, 1);
  });
  const perSecond = (answered * 1000) / (nowMs() - startedMs);
  await until('all that was written is answered', async () => answered === writer.sent);
  socket.destroy();
  return perSecond;
}

class OpenLoopWriter {
  sent = 0;
  private batch = 0;

  constructor(
    private readonly options: LagOptions,
    private readonly socket: Socket,
    private readonly sentAtMs: Float64Array,
    private readonly startedMs: number,
  ) {}

  /** As many writes as are due by now. */
  write(): void {
    const { writesPerSecond, keys } = this.options;
    const due = Math.floor(((nowMs() - this.startedMs) * writesPerSecond) / 1000) - this.sent;
    if (due <= 0 || this.batch + 1 >= this.sentAtMs.length) return;
    this.sent += due;
    const id = ++this.batch;
    let text = '';
    for (let i = 1; i < due; i++) {
      const index = Math.floor(Math.random() * keys);
      text += encodeSet(keyText(index), valueText(index, 'lag'));
    }
    text += encodeSet(PROBE_KEY, valueText(id, 'n'));
    this.sentAtMs[id] = nowMs();
    this.socket.write(text, 'latin1');
  }
}
