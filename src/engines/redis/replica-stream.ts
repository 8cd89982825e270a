import type { Ports, Wire } from './ports.js';
import { Handshake } from './replica-handshake.js';
import type { ServerInfo } from './server-info.js';
import { StreamParser, type StreamTaker } from './stream-parser.js';
import type { RedisTarget } from './target.js';

/** Where nothing came for so long that should have come, the connection is lost: a gap that is found late is only a longer gap. */
const SILENCE_MS_MAX = 15_000;
const BEAT_MS = 1000;

/**
 * The stream that a server sends to its replicas: each write, in order, with nothing left out.
 *
 * The node is no replica that has anything. It acknowledges nothing, so that no `WAIT` and no `FAILOVER` takes it for one; a server
 * that is about to end waits for what its replicas acknowledge, and gets it.
 */
export class ReplicaStream {
  /** As the server numbers the connection. */
  id = 0;
  private readonly parser: StreamParser;
  private readonly handshake: Handshake;
  private readonly waiting: Waiter[] = [];
  /** Offset of the server at which the stream began; null: it has not. */
  private from: number | null = null;
  private ended: Error | null = null;
  private lastBytesMs: number;
  private stopBeating: () => void = () => {};
  private isServerEnding = false;

  private constructor(
    private readonly wire: Wire,
    private readonly ports: Ports,
    taker: StreamTaker,
    private readonly onEnd: (error: Error) => void,
  ) {
    this.lastBytesMs = ports.monoMs();
    this.parser = new StreamParser(taker);
    this.handshake = new Handshake(wire, (bytes) => this.parser.push(bytes));
    wire.onBytes = (bytes) => this.receive(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    wire.onEnd = (error) => this.end(error);
    this.beat();
  }

  /**
   * All that is written from the moment on in which it resolves is handed over.
   * @throws OperatorError `refused` where the server, or the rights of the node's user, do not allow it
   */
  static async open(
    target: RedisTarget,
    info: ServerInfo,
    taker: StreamTaker,
    onEnd: (error: Error) => void,
    ports: Ports,
  ): Promise<ReplicaStream> {
    const stream = new ReplicaStream(await ports.dial(target, 5000), ports, taker, onEnd);
    try {
      stream.id = await stream.handshake.login(target);
      stream.from = await stream.handshake.begin(info);
      // Behind a dump the stream is held back until it is acknowledged.
      stream.acknowledge();
      return stream;
    } catch (error) {
      stream.close();
      throw error;
    }
  }

  /** Resolves once all up to this offset of the server was handed over. */
  reach(offset: number): Promise<void> {
    if (this.ended !== null) return Promise.reject(this.ended);
    if (this.offset >= offset) return Promise.resolve();
    if (this.waiting.length === 0) this.lastBytesMs = this.ports.monoMs();
    return new Promise((resolve, reject) => this.waiting.push({ offset, resolve, reject }));
  }

  /** For how long something has been waited for without anything coming. */
  get silentMs(): number {
    return this.waiting.length === 0 ? 0 : this.ports.monoMs() - this.lastBytesMs;
  }

  /** The server waits for its replicas before it ends. */
  serverIsEnding(): void {
    this.isServerEnding = true;
    this.acknowledge();
  }

  pause(): void {
    this.wire.pause();
  }

  resume(): void {
    this.wire.resume();
  }

  close(): void {
    this.end(new Error('the connection was closed'));
  }

  private get offset(): number {
    return (this.from ?? 0) + this.parser.taken;
  }

  private receive(bytes: Buffer): void {
    this.lastBytesMs = this.ports.monoMs();
    try {
      this.handshake.push(bytes);
    } catch (error) {
      this.end(error as Error);
    }
    if (this.from === null) return;
    while (this.waiting.length > 0 && this.waiting[0]!.offset <= this.offset) this.waiting.shift()!.resolve();
  }

  private beat(): void {
    this.stopBeating = this.ports.after(BEAT_MS, () => {
      const silentMs = this.from === null ? this.ports.monoMs() - this.lastBytesMs : this.silentMs;
      if (silentMs >= SILENCE_MS_MAX) return this.end(new Error(`nothing came for ${SILENCE_MS_MAX / 1000} s`));
      if (this.from !== null) this.acknowledge();
      this.beat();
    });
  }

  /** That the node is there, at least: the server ends a replica that says nothing. */
  private acknowledge(): void {
    const offset = String(this.isServerEnding ? this.offset : 0);
    this.wire.write([Buffer.from(`*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$${offset.length}\r\n${offset}\r\n`)]);
  }

  private end(error: Error): void {
    if (this.ended !== null) return;
    this.ended = new Error(`the replication stream: ${error.message}`);
    this.stopBeating();
    this.wire.destroy();
    this.handshake.fail(this.ended);
    for (const { reject } of this.waiting.splice(0)) reject(this.ended);
    this.onEnd(this.ended);
  }
}

// ---------------------------------------------------------------------------------------------------------------------

/** Their offsets rise: a server is asked for them in turn. */
interface Waiter {
  readonly offset: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}
