import { connect } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import type { WatcherResult } from './lag.js';
import { nowMs } from './probes.js';
import { ReplyReader } from './replies.js';
import { encode } from './workload.js';

export interface WatcherInput {
  readonly port: number;
  /** By the number of a batch: when it was written, on the clock of `nowMs`; Float64Array. */
  readonly sentAtMs: SharedArrayBuffer;
  readonly key: string;
}

/** Between two reads, so that watching does not take the node's time. Shorter than any timer of the event loop. */
const PAUSE_MS = 0.2;

const { port, sentAtMs, key } = workerData as WatcherInput;
const sentAt = new Float64Array(sentAtMs);
const idle = new Int32Array(new SharedArrayBuffer(4));
const request = encode('GET', key);
const lags: number[] = [];
const ids: number[] = [];
let polls = 0;
let seen = 0;
/** The last batch, once all are written. */
let last = Number.POSITIVE_INFINITY;

const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => {
  parentPort?.postMessage('ready');
  socket.write(request);
});
const reader = new ReplyReader((_kind, body) => {
  note(body?.toString('latin1') ?? '');
  polls++;
  if (seen >= last) return end();
  Atomics.wait(idle, 0, 0, PAUSE_MS);
  socket.write(request);
});
socket.on('data', (chunk: Buffer) => reader.push(chunk));
parentPort?.once('message', () => {
  last = sentAt.findLastIndex((atMs) => atMs > 0);
});

function end(): void {
  socket.destroy();
  parentPort?.postMessage({ lags, ids, polls } satisfies WatcherResult);
}

/** Values are `n:<number of the batch>:…`; one of an earlier measurement is greater than what was sent by now, or older. */
function note(value: string): void {
  const id = Number(value.split(':')[1] ?? 0);
  const readMs = nowMs();
  if (!(id > seen) || id >= sentAt.length || sentAt[id] === 0) return;
  for (let batch = seen + 1; batch <= id; batch++) {
    lags.push(readMs - sentAt[batch]!);
    ids.push(batch);
  }
  seen = id;
}
