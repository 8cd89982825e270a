import { createListener, type Listener } from '../../src/fronts/resp/listener.js';
import type { ListenerOptions } from '../../src/fronts/resp/listener-options.js';
import { MemoryKeyspace } from './memory-keyspace.js';
import { RawClient } from './raw-client.js';

/** A listener over a keyspace in memory, and clients of it; `stop` leaves nothing open. */
export class Harness {
  readonly keyspace = new MemoryKeyspace();
  readonly internalErrors: unknown[] = [];
  readonly listener: Listener;
  port = 0;
  private readonly clients: RawClient[] = [];

  private constructor(options: Partial<ListenerOptions>) {
    this.listener = createListener({
      host: '127.0.0.1',
      port: 0,
      keyspace: this.keyspace,
      onInternalError: (error) => this.internalErrors.push(error),
      ...options,
    });
  }

  static async start(options: Partial<ListenerOptions> = {}): Promise<Harness> {
    const harness = new Harness(options);
    harness.port = (await harness.listener.start()).port;
    return harness;
  }

  async client(): Promise<RawClient> {
    const client = await RawClient.connect(this.port);
    this.clients.push(client);
    return client;
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.close();
    await this.listener.close(1000);
  }
}

/** Waits for a condition that other parties bring about, turn by turn of the event loop. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
