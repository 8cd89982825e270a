import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Redis } from 'ioredis';

/** Stands between a node and its Redis, and hands on what Redis reports of changes so much later than its replies. */
export class LateReports {
  private readonly server: Server;
  /** How often a node asked to be told of changes: its start looks first whether it can be attached, on connections of its own. */
  asked = 0;
  private gate: { readonly at: number; readonly opened: Promise<void> } | null = null;
  private readonly sockets = new Set<Socket>();

  constructor(
    private readonly redisPort: number,
    private readonly lateMs: number,
  ) {
    this.server = createServer((socket) => this.join(socket));
  }

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const address = this.server.address();
    return `redis://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** What a node sends after it has asked so often waits until the function is called. */
  holdAt(asked: number): () => void {
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.gate = { at: asked, opened };
    return open;
  }

  private join(near: Socket): void {
    const far = connect(this.redisPort, '127.0.0.1');
    let lateMs = 0;
    let sent: Promise<unknown> = Promise.resolve();
    near.on('data', (bytes) => {
      if (bytes.includes('SUBSCRIBE')) lateMs = this.lateMs;
      sent = sent.then(() => far.write(bytes));
      if (!bytes.includes('REDIRECT')) return;
      this.asked++;
      if (this.gate?.at === this.asked) sent = sent.then(() => this.gate?.opened);
    });
    far.on('data', (bytes) => {
      if (lateMs === 0) near.write(bytes);
      else setTimeout(() => near.write(bytes), lateMs);
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => other.destroy());
    }
  }
}

/** Whether Redis reports changes to a node by now. */
export async function isReporting(redis: Redis): Promise<boolean> {
  return (await redis.info('clients')).includes('tracking_clients:1');
}
