import { connect, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import type { PressureInput, PressureResult } from './pressure.js';
import { nowMs } from './probes.js';
import { ReplyReader } from './replies.js';
import { encodeSet, keyText, valueText } from './workload.js';

const { ports, writesPerSecond, clientsPerPort, keys, firstKey } = workerData as PressureInput;
const startedMs = nowMs();
let sent = 0;
let refused = 0;
let marks: { atMs: number; latencies: number[] } = { atMs: startedMs, latencies: [] };

class Client {
  /** When each command that is not answered yet was sent. */
  private readonly underWay: number[] = [];

  constructor(
    private readonly socket: Socket,
    /** Under way at most. */
    private readonly depth: number,
  ) {
    const reader = new ReplyReader((kind) => this.note(kind));
    // The nodes end before their clients.
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      reader.push(chunk);
      if (!Number.isFinite(writesPerSecond)) this.fill();
    });
  }

  /** As many as may be under way: as fast as it goes. */
  fill(): void {
    this.write(this.depth - this.underWay.length);
  }

  write(count: number): void {
    if (count <= 0) return;
    let text = '';
    const atMs = nowMs();
    for (let i = 0; i < count; i++) {
      const index = firstKey + Math.floor(Math.random() * keys);
      text += encodeSet(keyText(index), valueText(index, 'pressure'));
      this.underWay.push(atMs);
    }
    sent += count;
    this.socket.write(text, 'latin1');
  }

  private note(kind: string): void {
    if (kind === '-') refused++;
    marks.latencies.push(nowMs() - this.underWay.shift()!);
  }
}

/** Commands of one client under way in the closed loop: it waits for each answer. */
const DEPTH = 1;
const clients = ports.flatMap((port) =>
  Array.from({ length: clientsPerPort }, () => new Client(connect({ port, host: '127.0.0.1', noDelay: true }), DEPTH)),
);

let turn = 0;
if (writesPerSecond > 0 && Number.isFinite(writesPerSecond)) {
  setInterval(() => {
    const due = Math.floor(((nowMs() - startedMs) * writesPerSecond) / 1000) - sent;
    for (let i = 0; i < due; i++) clients[turn++ % clients.length]!.write(1);
  }, 1);
} else if (writesPerSecond > 0) for (const client of clients) client.fill();

/** What happened since the last question. */
parentPort?.on('message', () => {
  const { atMs, latencies } = marks;
  marks = { atMs: nowMs(), latencies: [] };
  const result: PressureResult = { seconds: (marks.atMs - atMs) / 1000, latencies, refused };
  parentPort?.postMessage(result);
});
