import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What becomes of the next transaction: its reply is kept back, and so is all that comes after it. */
interface Trap {
  isSprung: boolean;
  spring: () => void;
}

/** Stands between a node and its Redis, and cuts them apart at a chosen moment. */
export class RedisProxy {
  private readonly server: Server;
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  /** To Redis, for which something is kept back. */
  private readonly kept = new Set<Socket>();
  private trap: Trap | null = null;
  private isClosed = false;
  private stop: { readonly text: string; readonly reached: (release: () => void) => void } | null = null;

  constructor(private readonly port: number) {
    this.server = createServer((client) => this.accept(client));
  }

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `redis://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Resolves once Redis has executed the next transaction, or SETs with NX, whose reply nobody hears of. */
  catchExec(): Promise<void> {
    return new Promise((spring) => {
      this.trap = { isSprung: false, spring };
    });
  }

  /** Keeps the next bytes with this text in them back, also when the node is gone: resolves once they came, with what sends them on. */
  holdBefore(text: string): Promise<() => void> {
    return new Promise((reached) => {
      this.stop = { text, reached };
    });
  }

  /** Ends all connections; until `open` new ones are ended at once. */
  cut(): void {
    this.isClosed = true;
    for (const socket of [...[...this.pairs].flat(), ...this.kept]) socket.destroy();
  }

  open(): void {
    this.isClosed = false;
    this.trap = null;
  }

  async close(): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  private keepBack(client: Socket, redis: Socket, bytes: Buffer): void {
    const { reached } = this.stop!;
    this.stop = null;
    this.kept.add(redis);
    client.pause();
    reached(() => {
      this.kept.delete(redis);
      redis.write(bytes);
      if (client.destroyed) redis.end();
      else client.resume();
    });
  }

  private accept(client: Socket): void {
    if (this.isClosed) return void client.destroy();
    const redis = connect(this.port, '127.0.0.1');
    const pair = [client, redis] as const;
    this.pairs.add(pair);
    let hasExec = false;
    client.on('data', (bytes: Buffer) => {
      hasExec ||= this.trap !== null && (bytes.includes('EXEC\r\n') || bytes.includes('\r\nNX\r\n'));
      if (this.stop !== null && bytes.includes(this.stop.text)) return this.keepBack(client, redis, Buffer.from(bytes));
      redis.write(bytes);
    });
    redis.on('data', (bytes: Buffer) => {
      if (!hasExec) return void client.write(bytes);
      if (this.trap?.isSprung === false) this.trap.spring();
      if (this.trap !== null) this.trap.isSprung = true;
    });
    for (const socket of pair) {
      socket.on('error', () => {});
      socket.on('close', () => {
        this.pairs.delete(pair);
        for (const other of pair) if (!this.kept.has(other)) other.destroy();
      });
    }
  }
}
