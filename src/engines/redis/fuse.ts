import type { Ports } from './ports.js';
import { login, RedisClient } from './redis-client.js';
import { RedisFailure } from './reply-parser.js';
import type { RedisTarget } from './target.js';

/** How long a node may stand still before its reports are ended, at most; and how often it shows that it does not. */
const BURN_MS = 8000;
const RENEW_MS = 2000;
/** More replicas than any server has, so that waiting for them ends by time alone. */
const NO_END = '1000000';
/** No connection has this number: to end it shows whether one may. */
const NOBODY = String(Number.MAX_SAFE_INTEGER);

/**
 * Ends the reports of a node that stands still, before the server keeps many of them: a server with little memory would evict
 * the application's data for 32 MB of reports. It lies at the server, since the node itself can do nothing then: a connection
 * that waits there for some seconds, and behind the wait the command that ends the reports. A node that is alive closes it
 * before that time, and lays a new one. A user without the rights goes without.
 */
export class Fuse {
  private lit: RedisClient | null = null;
  /** The next one, while the server has yet to answer. */
  private laying: RedisClient | null = null;
  private isStopped = false;
  private callOff: () => void = () => {};

  constructor(
    private readonly target: RedisTarget,
    /** The connections that it ends, as the server numbers them. */
    private readonly ids: readonly number[],
    private readonly ports: Ports,
  ) {}

  /** Lays it if the server lets the node. Rejects where the connection is over. */
  async start(client: RedisClient): Promise<void> {
    try {
      await Promise.all([client.send('WAIT', '0', '1'), client.send('CLIENT', 'KILL', 'ID', NOBODY)]);
    } catch (error) {
      if (error instanceof RedisFailure) return;
      throw error;
    }
    this.renew();
  }

  stop(): void {
    this.isStopped = true;
    this.callOff();
    this.lit?.close();
    this.laying?.close();
  }

  private renew(): void {
    // Where none can be laid now, as when the server takes no more clients, there is none: the one before would end the reports.
    const laying = this.lay().catch(() => this.replace(null));
    void laying.then(() => {
      if (!this.isStopped) this.callOff = this.ports.after(RENEW_MS, () => this.renew());
    });
  }

  private async lay(): Promise<void> {
    const client = await RedisClient.connect(this.target, this.ports, RENEW_MS);
    this.laying = client;
    if (this.isStopped) client.close();
    try {
      await login(client, this.target);
    } catch (error) {
      client.close();
      throw error;
    } finally {
      this.laying = null;
    }
    if (this.isStopped) return client.close();
    const done = { resolve: () => {}, reject: () => {} };
    client.post(done, 'WAIT', NO_END, String(BURN_MS));
    for (const id of this.ids) client.post(done, 'CLIENT', 'KILL', 'ID', String(id));
    this.replace(client);
  }

  private replace(next: RedisClient | null): void {
    this.lit?.close();
    this.lit = next;
  }
}
