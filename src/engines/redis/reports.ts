import { OperatorError } from '../../core/model/errors.js';
import type { Ports } from './ports.js';
import { redisCli } from './redis-cli.js';
import { login, RedisClient } from './redis-client.js';
import { RedisFailure, type RedisReply } from './reply-parser.js';
import type { RedisTarget } from './target.js';

/** Nodes beside one server hear of each other here. To be subscribed to it is also what makes a connection one of class pubsub. */
export const NODES_CHANNEL = 'mneme:nodes';

/** What Redis tells on its own account. */
export interface ReportListener {
  /** A key was changed, in whatever database: its id, as of a key of the database that is replicated. */
  changed(id: string): void;
  /** A database was emptied. */
  flushed(): void;
  message(channel: string, payload: Buffer): void;
  ended(error: Error): void;
}

/** The connection of the reports ended, and not the one on which commands are under way. */
export class ReportsLost extends Error {
  override name = 'ReportsLost';
}

/**
 * The connection on which Redis reports what was changed. It carries no data: the server keeps the reports of a node that
 * stands still as its own memory, and evicts the application's keys for them, but a connection of class pubsub it closes by
 * itself beyond 32 MB (`client-output-buffer-limit pubsub`). A report that is lost with it is looked for by a scan.
 */
export class Reports {
  private constructor(
    private readonly client: RedisClient,
    /** As the server numbers it. */
    readonly id: number,
    private readonly target: RedisTarget,
  ) {}

  static async open(target: RedisTarget, listener: ReportListener, ports: Ports): Promise<Reports> {
    const client = await RedisClient.connect(target, ports);
    client.onPush = (items) => receive(items, listener);
    client.onInvalid = (bytes, start, end) => {
      // A full key is the number of the database, and then the client's key.
      bytes[start - 1] = target.database;
      listener.changed(bytes.toString('latin1', start - 1, end));
    };
    try {
      const reports = new Reports(client, await login(client, target, 3), target);
      await reports.subscribe(NODES_CHANNEL);
      client.onEnd = (error) => listener.ended(new ReportsLost(`reports of changes were lost: ${error.message}`));
      return reports;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /** @throws OperatorError `refused` without the right to it */
  async subscribe(channel: string): Promise<void> {
    try {
      await this.client.send('SUBSCRIBE', channel);
    } catch (error) {
      if (!(error instanceof RedisFailure)) throw error;
      const message = `The node's user may not subscribe to ${channel}, which a node needs: ${error.message}.`;
      const user = this.target.username === '' ? 'default' : this.target.username;
      const next = redisCli(this.target, 'ACL', 'SETUSER', user, '+subscribe', `&${channel}`);
      throw new OperatorError('refused', message, next, { cause: error });
    }
  }

  /**
   * Resolves once all is reported that was changed before. Replies come on another connection: whoever has read something,
   * and concludes more from it than that this is the key's value, waits for this first.
   */
  async fence(): Promise<void> {
    await this.client.send('PING');
  }

  get silentMs(): number {
    return this.client.silentMs;
  }

  pause(): void {
    this.client.pause();
  }

  resume(): void {
    this.client.resume();
  }

  close(): void {
    this.client.close();
  }
}

// ---------------------------------------------------------------------------------------------------------------------

function receive([kind, first, second]: RedisReply[], listener: ReportListener): void {
  if (String(kind) === 'message' && Buffer.isBuffer(second)) listener.message(String(first), second);
  else if (String(kind) === 'invalidate' && !Array.isArray(first)) listener.flushed();
}
