import { Evictions } from './evictions.js';
import { type Argument, RedisClient } from './redis-client.js';
import type { RedisReply } from './reply-parser.js';
import { LOOK, READ } from './scripts.js';
import { readServerInfo, type ServerInfo } from './server-info.js';
import type { RedisTarget } from './target.js';

/** What the application did, as Redis reports it. */
export interface ChangeListener {
  /** A client key was changed, in whatever database. */
  changed(key: Buffer): void;
  /** A database was emptied. */
  flushed(): void;
  ended(error: Error): void;
}

/** A connection whose own plain writes are not reported to it, and everybody else's are. */
export class Connection {
  readonly evictions: Evictions;
  private lookSha = '';
  private readSha = '';

  private constructor(
    private readonly client: RedisClient,
    private readonly target: RedisTarget,
    /** As it was when the connection was made. */
    public info: ServerInfo,
  ) {
    this.evictions = new Evictions(target.database);
  }

  /** Reports changes from before its promise resolves on: a scan that starts afterwards misses nothing. */
  static async open(target: RedisTarget, listener: ChangeListener): Promise<Connection> {
    const client = await RedisClient.connect(target);
    try {
      await login(client, target);
      const connection = new Connection(client, target, await readServerInfo(client));
      client.onPush = (items) => connection.receive(items, listener);
      client.onEnd = (error) => listener.ended(error);
      await connection.track();
      return connection;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  send(...args: Argument[]): Promise<RedisReply> {
    return this.client.send(...args);
  }

  look(keys: readonly Buffer[]): Promise<RedisReply[]> {
    return this.call(this.lookSha, keys);
  }

  read(keys: readonly Buffer[]): Promise<RedisReply[]> {
    return this.call(this.readSha, keys);
  }

  /** Read anew what the server says of itself. Throws if it can be attached to no more, as when it became a replica. */
  async refresh(): Promise<void> {
    this.info = await readServerInfo(this.client);
    this.evictions.note(this.info.evicted);
  }

  close(): void {
    this.client.close();
  }

  private async track(): Promise<void> {
    const { prefix } = this.target;
    this.lookSha = String(await this.send('SCRIPT', 'LOAD', LOOK));
    this.readSha = String(await this.send('SCRIPT', 'LOAD', READ));
    const only = prefix.length === 0 ? [] : ['PREFIX', prefix];
    await this.send('CLIENT', 'TRACKING', 'ON', 'BCAST', 'NOLOOP', ...only);
    await this.evictions.start(this.client, this.info.evicted);
  }

  private async call(script: string, keys: readonly Buffer[]): Promise<RedisReply[]> {
    const reply = await this.send('EVALSHA', script, String(keys.length), ...keys);
    // Inside a transaction the reply is QUEUED, and the answer comes with EXEC.
    return Array.isArray(reply) ? reply : [];
  }

  private receive([kind, first, second]: RedisReply[], listener: ChangeListener): void {
    if (String(kind) === 'message') return this.evictions.receive(first, second);
    if (String(kind) !== 'invalidate') return;
    if (!Array.isArray(first)) return listener.flushed();
    for (const key of first) if (Buffer.isBuffer(key)) listener.changed(key);
  }
}

// ---------------------------------------------------------------------------------------------------------------------

async function login(client: RedisClient, { username, password, database }: RedisTarget): Promise<void> {
  const auth = password === '' ? [] : ['AUTH', username === '' ? 'default' : username, password];
  await client.send('HELLO', '3', ...auth, 'SETNAME', 'mneme');
  if (database !== 0) await client.send('SELECT', String(database));
}
