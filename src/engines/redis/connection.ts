import type { Hlc } from '../../core/hlc.js';
import type { Alarm } from './alarm.js';
import { Evictions } from './evictions.js';
import { isElsewhere, isOfServer } from './failures.js';
import type { Way } from './left-out.js';
import { type Ports, REAL_PORTS } from './ports.js';
import { type Argument, RedisClient, type Waiter } from './redis-client.js';
import { RedisFailure, type RedisReply } from './reply-parser.js';
import { COMPARE_AND_SET, LOOK, READ } from './scripts.js';
import { readServerInfo, type ServerInfo } from './server-info.js';
import type { RedisTarget } from './target.js';
import type { StreamPosition } from './unreplicated.js';

/** How many bytes of values Redis goes through at a time to give their digests. */
const LOOK_BYTES = 4 << 20;

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
  /** When the application deleted everything, while the node finds out what that was; null: it did not. */
  flushedAt: Hlc | null = null;
  /** The keys whose values are under way, and which way. */
  working: { readonly ids: readonly string[]; readonly way: Way } | null = null;
  /** As it was measured last. */
  position: StreamPosition | null = null;
  private lookSha = '';
  private readSha = '';
  private setSha = '';

  private constructor(
    private readonly client: RedisClient,
    private readonly target: RedisTarget,
    /** As it was when the connection was made. */
    public info: ServerInfo,
    ports: Ports,
  ) {
    this.evictions = new Evictions(target.database, ports);
  }

  /** Reports changes from before its promise resolves on: a scan that starts afterwards misses nothing. */
  static async open(target: RedisTarget, listener: ChangeListener, ports: Ports = REAL_PORTS): Promise<Connection> {
    const client = await RedisClient.connect(target, ports);
    try {
      await login(client, target);
      const connection = new Connection(client, target, await readServerInfo(client, target), ports);
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
   * A reply for each key; a RedisFailure where that key alone cannot be looked at, as when another server of a Redis Cluster
   * has it, or is about to have it. Redis goes through so many bytes at a time that others have their turn in between.
   */
  async look(keys: readonly Buffer[]): Promise<RedisReply[]> {
    const replies = await this.call(this.lookSha, LOOK_BYTES, keys);
    for (;;) {
      const later = keys.flatMap((_, i) => (typeof replies[i] === 'number' ? [i] : []));
      if (later.length === 0) return replies;
      const wanted = later.map((i) => keys[i]!);
      for (const [n, reply] of (await this.call(this.lookSha, LOOK_BYTES, wanted)).entries())
        replies[later[n]!] = reply;
    }
  }

  /** The same inside a transaction, with whose end the replies come. */
  lookQueued(keys: readonly Buffer[]): Promise<RedisReply> {
    return this.send('EVALSHA', this.lookSha, String(keys.length), ...keys, String(Number.MAX_SAFE_INTEGER));
  }

  /** See the script: a number where the values before took so many `bytes` that there was no room. */
  read(keys: readonly Buffer[], bytes: number): Promise<RedisReply[]> {
    return this.call(this.readSha, bytes, keys);
  }

  /** See the script. Rejects with a RedisFailure where another server has the key, or this one takes no writes. */
  compareAndSet(key: Buffer, ...args: Argument[]): Promise<RedisReply> {
    return this.send('EVALSHA', this.setSha, '1', key, ...args);
  }

  /**
   * How far the replication stream has come, after all that was read and written so far: what a replica has to have so
   * that it can take over without a loss. null: the server may not be one that a replica takes over from.
   */
  async measure(): Promise<StreamPosition | null> {
    if (this.target.kind === 'single') return null;
    const reply = await this.send('ROLE');
    const [role, offset, replicas] = Array.isArray(reply) ? reply : [];
    if (String(role) !== 'master' || typeof offset !== 'number') return null;
    const rows = (Array.isArray(replicas) ? replicas : []).map((row) => (Array.isArray(row) ? row : []));
    const acknowledged = new Map(rows.map(([host, port, upto]) => [`${host}:${port}`, Number(upto)]));
    this.position = { replicationId: this.info.replicationId, offset, replicas: acknowledged };
    return this.position;
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
    this.setSha = String(await this.send('SCRIPT', 'LOAD', COMPARE_AND_SET));
    const only = prefix.length === 0 ? [] : ['PREFIX', prefix];
    await this.send('CLIENT', 'TRACKING', 'ON', 'BCAST', 'NOLOOP', ...only);
    await this.evictions.start(this.client, this.info.evicted);
  }

  /**
   * Keys of a Redis Cluster are of different slots, so they go as arguments, which the server takes if it has all of them. If
   * a call fails, each key is asked for by itself: one that cannot be read never stops the rest.
   */
  private async call(script: string, bytes: number, keys: readonly Buffer[]): Promise<RedisReply[]> {
    try {
      const reply = await (this.target.kind === 'cluster'
        ? this.send('EVALSHA', script, '0', String(bytes), ...keys)
        : this.send('EVALSHA', script, String(keys.length), ...keys, String(bytes)));
      if (Array.isArray(reply)) return reply;
    } catch (error) {
      if (!(error instanceof RedisFailure) || (isOfServer(error) && !isElsewhere(error))) throw error;
      if (keys.length === 1 && this.target.kind !== 'cluster') return [error];
    }
    const share = String(Math.ceil(bytes / keys.length));
    return Promise.all(keys.map((key) => this.callOne(script, share, key)));
  }

  private async callOne(script: string, bytes: string, key: Buffer): Promise<RedisReply> {
    try {
      const reply = await this.send('EVALSHA', script, '1', key, bytes);
      return Array.isArray(reply) ? reply[0]! : null;
    } catch (error) {
      if (error instanceof RedisFailure && (isElsewhere(error) || !isOfServer(error))) return error;
      throw error;
    }
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
