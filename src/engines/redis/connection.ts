import type { Alarm } from './alarm.js';
import { Evictions } from './evictions.js';
import { type Argument, RedisClient, type Waiter } from './redis-client.js';
import { RedisFailure, type RedisReply } from './reply-parser.js';
import { COMPARE_AND_SET, LOOK, READ } from './scripts.js';
import { readServerInfo, type ServerInfo } from './server-info.js';
import type { RedisTarget } from './target.js';

/** What the application did, as Redis reports it. */
export interface ChangeListener {
  /** A key was changed, in whatever database: its id, as of a key of the database that is replicated. */
  changed(id: string): void;
  /** A database was emptied. */
  flushed(): void;
  ended(error: Error): void;
}

/** A connection whose own plain writes are not reported to it, and everybody else's are. */
export class Connection {
  readonly evictions: Evictions;
  private lookSha = '';
  private readSha = '';
  private setSha = '';

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
      const connection = new Connection(client, target, await readServerInfo(client, target));
      client.onPush = (items) => connection.receive(items, listener);
      client.onInvalid = (bytes, start, end) => {
        // A full key is the number of the database, and then the client's key.
        bytes[start - 1] = target.database;
        listener.changed(bytes.toString('latin1', start - 1, end));
      };
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

  post(waiter: Waiter, ...args: Argument[]): void {
    this.client.post(waiter, ...args);
  }

  /**
   * A reply for each key. Of a Redis Cluster it is a RedisFailure where another server has the key, or is about to have it.
   */
  look(keys: readonly Buffer[]): Promise<RedisReply[]> {
    return this.call(this.lookSha, keys);
  }

  read(keys: readonly Buffer[]): Promise<RedisReply[]> {
    return this.call(this.readSha, keys);
  }

  /** See the script. Rejects with a RedisFailure where another server has the key, or this one takes no writes. */
  compareAndSet(key: Buffer, ...args: Argument[]): Promise<RedisReply> {
    return this.send('EVALSHA', this.setSha, '1', key, ...args);
  }

  /**
   * How far the replication stream has come, after all that was read and written so far: what a replica has to have so
   * that it can take over without a loss. null: the server may not be one that a replica takes over from.
   */
  async measure(): Promise<number | null> {
    if (this.target.kind === 'single') return null;
    const reply = await this.send('ROLE');
    const [role, offset] = Array.isArray(reply) ? reply : [];
    return String(role) === 'master' && typeof offset === 'number' ? offset : null;
  }

  /** Read anew what the server says of itself. Throws if it can be attached to no more, as when it became a replica. */
  async refresh(): Promise<void> {
    this.info = await readServerInfo(this.client, this.target);
    this.evictions.note(this.info.evicted);
  }

  /** Hears nothing of Redis for so long, or until the alarm rings: hearing of each write by itself would cost both of them. */
  async rest(alarm: Alarm, ms: number): Promise<void> {
    this.client.pause();
    await alarm.sleep(ms);
    this.client.resume();
  }

  close(): void {
    this.client.close();
  }

  private async track(): Promise<void> {
    const { prefix } = this.target;
    this.lookSha = String(await this.send('SCRIPT', 'LOAD', LOOK));
    this.readSha = String(await this.send('SCRIPT', 'LOAD', READ));
    if (this.target.kind === 'cluster') this.setSha = String(await this.send('SCRIPT', 'LOAD', COMPARE_AND_SET));
    const only = prefix.length === 0 ? [] : ['PREFIX', prefix];
    await this.send('CLIENT', 'TRACKING', 'ON', 'BCAST', 'NOLOOP', ...only);
    await this.evictions.start(this.client, this.info.evicted);
  }

  private async call(script: string, keys: readonly Buffer[]): Promise<RedisReply[]> {
    if (this.target.kind === 'cluster') return this.callCluster(script, keys);
    const reply = await this.send('EVALSHA', script, String(keys.length), ...keys);
    // Inside a transaction the reply is QUEUED, and the answer comes with EXEC.
    return Array.isArray(reply) ? reply : [];
  }

  /** Keys of different slots go as arguments, which the server takes if it has all of them. Else each is asked for by itself. */
  private async callCluster(script: string, keys: readonly Buffer[]): Promise<RedisReply[]> {
    try {
      const reply = await this.send('EVALSHA', script, '0', ...keys);
      if (Array.isArray(reply)) return reply;
    } catch (error) {
      if (!(error instanceof RedisFailure) || error.message.startsWith('NOSCRIPT')) throw error;
    }
    return Promise.all(
      keys.map((key) =>
        this.send('EVALSHA', script, '1', key).then(
          (reply) => (Array.isArray(reply) ? reply[0]! : null),
          (error) => (error instanceof RedisFailure ? error : Promise.reject(error)),
        ),
      ),
    );
  }

  private receive([kind, first, second]: RedisReply[], listener: ChangeListener): void {
    if (String(kind) === 'message') return this.evictions.receive(first, second);
    if (String(kind) !== 'invalidate') return;
    if (!Array.isArray(first)) listener.flushed();
  }
}

/** @throws RedisFailure if the server does not take the name and password */
export async function login(client: RedisClient, { username, password, database }: RedisTarget): Promise<void> {
  const auth = password === '' ? [] : ['AUTH', username === '' ? 'default' : username, password];
  await client.send('HELLO', '3', ...auth, 'SETNAME', 'mneme');
  if (database !== 0) await client.send('SELECT', String(database));
}
