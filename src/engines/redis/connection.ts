import { createHash } from 'node:crypto';
import type { Hlc } from '../../core/model/hlc.js';
import type { Alarm } from './alarm.js';
import type { Command } from './apply-outcome.js';
import { Evictions, eventFlags } from './evictions.js';
import { isElsewhere, isOfServer } from './failures.js';
import { Fuse } from './fuse.js';
import type { Way } from './left-out.js';
import { type Ports, REAL_PORTS } from './ports.js';
import { type Argument, login, RedisClient, type Waiter } from './redis-client.js';
import { ReplicaCapture } from './replica-capture.js';
import { RedisFailure, type RedisReply } from './reply-parser.js';
import { NODES_CHANNEL, type ReportListener, Reports } from './reports.js';
import type { Rescan } from './rescan.js';
import { COMPARE_AND_SET, LOOK, READ, SET_ELEMENTS } from './scripts.js';
import { readServerInfo, type ServerInfo } from './server-info.js';
import type { ReadValue } from './state.js';
import type { RedisTarget } from './target.js';
import type { StreamPosition } from './unreplicated.js';

/** How many bytes of values Redis goes through at a time to give their digests. */
const LOOK_BYTES = 4 << 20;

/** What the application did, as Redis reports it. */
export interface ChangeListener extends Omit<ReportListener, 'message'> {
  /** Another node, or this one, tells that it is beside this server. */
  greeted(payload: Buffer): void;
}

/** What is known of a read in slices. */
export interface Slices {
  /** The server's count of evicted keys before. */
  readonly evicted: number;
  /** Whether its key was reported since. */
  hasChanged: boolean;
}

/** A delete of everything. */
export interface Flush {
  readonly time: Hlc;
  /** Keys that were there since: read, written, or reported. What is gone of them went missing in another way. */
  readonly seen: Set<string>;
}

/**
 * Two connections that are one: all is read and written on the first, so that what was read is never older than what was
 * written; on the other Redis reports what anybody but the first one changes. Either of them ends both.
 */
export class Connection {
  /** While the node finds out what the application deleted when it deleted everything; null: it did not. */
  flush: Flush | null = null;
  /** The scan that runs; null: none. */
  scan: Pick<Rescan, 'holdsMissing' | 'looked' | 'mayBeEvicted' | 'met' | 'postpones'> | null = null;
  /** The keys whose values are under way, and which way. */
  working: { readonly ids: readonly string[]; readonly way: Way } | null = null;
  /** As it was measured last. */
  position: StreamPosition | null = null;
  /** Hashes of which some fields have an expiry of their own: they are read whole. */
  readonly withFieldExpiries = new Set<string>();
  /** Collections that are being read in slices. */
  readonly sliced = new Map<string, Slices>();
  /** Of each script, the name by which the server knows it. */
  private readonly shas = new Map<string, string>();
  /** Where changes are heard of by the replication stream; null: by the tracking. */
  private replica: ReplicaCapture | null = null;

  private constructor(
    private readonly client: RedisClient,
    private readonly reports: Reports,
    private readonly fuse: Fuse,
    private readonly target: RedisTarget,
    /** As it was when the connection was made. */
    public info: ServerInfo,
    readonly evictions: Evictions,
    /** As the server numbers it. */
    readonly id: number,
  ) {}

  /** Reports changes from before its promise resolves on: a scan that starts afterwards misses nothing. */
  static async open(target: RedisTarget, listener: ChangeListener, ports: Ports = REAL_PORTS): Promise<Connection> {
    const evictions = new Evictions(target.database, target.capture === 'tracking');
    let isOver = false;
    const ended = (error: Error): void => {
      if (isOver) return;
      isOver = true;
      client.close(error);
      reports?.close();
      replica?.close();
      fuse?.stop();
      listener.ended(error);
    };
    const message = (channel: string, payload: Buffer): void => {
      if (channel === NODES_CHANNEL) listener.greeted(payload);
      else evictions.receive(channel, payload);
    };
    const client = await RedisClient.connect(target, ports);
    let reports: Reports | null = null;
    let replica: ReplicaCapture | null = null;
    let fuse: Fuse | null = null;
    try {
      const id = await login(client, target);
      const info = await readServerInfo(client, target);
      reports = await Reports.open(target, { ...listener, message, ended }, ports);
      const ask = (...args: string[]): Promise<RedisReply> => client.send(...args);
      if (target.capture === 'replica')
        replica = await ReplicaCapture.open(target, info, ask, { ...listener, message, ended }, evictions, ports);
      fuse = new Fuse(target, replica === null ? [reports.id] : [reports.id, replica.id], ports);
      const connection = new Connection(client, reports, fuse, target, info, evictions, id);
      connection.replica = replica;
      client.onEnd = ended;
      await fuse.start(client);
      await connection.track();
      return connection;
    } catch (error) {
      client.close();
      reports?.close();
      replica?.close();
      fuse?.stop();
      throw error;
    }
  }

  send(...args: Argument[]): Promise<RedisReply> {
    return this.client.send(...args);
  }

  /** The same of a command that may be long. */
  sendAll(args: readonly Argument[]): Promise<RedisReply> {
    return this.client.sendAll(args);
  }

  post(waiter: Waiter, ...args: Argument[]): void {
    this.client.post(waiter, ...args);
  }

  /** See {@link RedisClient.sendAll}. */
  postAll(waiter: Waiter, args: readonly Argument[]): void {
    this.client.postAll(waiter, args);
  }

  /**
   * A reply for each key; a RedisFailure where that key alone cannot be looked at, as when another server of a Redis Cluster
   * has it, or is about to have it. Redis goes through so many bytes at a time that others have their turn in between.
   * @param largeFrom a collection of so many elements is not looked at, see {@link largeIn}
   */
  async look(keys: readonly Buffer[], largeFrom: number): Promise<RedisReply[]> {
    const replies = await this.call(LOOK, LOOK_BYTES, largeFrom, keys);
    for (;;) {
      const later = keys.flatMap((_, i) => (typeof replies[i] === 'number' ? [i] : []));
      if (later.length === 0) return replies;
      const wanted = later.map((i) => keys[i]!);
      for (const [n, reply] of (await this.call(LOOK, LOOK_BYTES, largeFrom, wanted)).entries())
        replies[later[n]!] = reply;
    }
  }

  /** The same inside a transaction, with whose end the replies come. */
  lookQueued(keys: readonly Buffer[], largeFrom: number): Promise<RedisReply> {
    const limits = [String(Number.MAX_SAFE_INTEGER), String(largeFrom)];
    return this.send('EVALSHA', this.shas.get(LOOK)!, String(keys.length), ...keys, ...limits);
  }

  /** See the script: a number where the values before took so many `bytes` that there was no room. */
  read(keys: readonly Buffer[], bytes: number, largeFrom: number): Promise<RedisReply[]> {
    return this.call(READ, bytes, largeFrom, keys);
  }

  /** To be called with each key that is reported; null: any may have changed. */
  reported(id: string | null): void {
    for (const [key, slices] of this.sliced) if (id === null || id === key) slices.hasChanged = true;
  }

  /** See the script. Rejects with a RedisFailure where another server has the key, or this one takes no writes. */
  compareAndSet(key: Buffer, ...args: Argument[]): Promise<RedisReply> {
    return this.evaluate(COMPARE_AND_SET, [key], ['1', key, ...args]);
  }

  /** See the script. Rejects as the one before does. */
  elements(way: 'look' | 'set', key: Buffer, args: readonly Argument[]): Promise<RedisReply> {
    return this.evaluate(SET_ELEMENTS, [key], ['1', key, way, ...args]);
  }

  /** The value that a key was just set to, where the server tells that by itself. */
  told(id: string): ReadValue | undefined {
    return this.replica?.take(id);
  }

  /** To be called before a transaction that writes so is sent. */
  writes(id: string, command: Command): void {
    this.evictions.writes(id);
    this.replica?.writes(id, command);
  }

  /** That transaction was not carried out. */
  wasNotWritten(id: string): void {
    this.replica?.wasNotWritten(id);
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

  /** For how long the server has owed an answer without a sign of life. */
  get silentMs(): number {
    return Math.max(this.client.silentMs, this.reports.silentMs, this.replica?.silentMs ?? 0);
  }

  /** Resolves once all is reported that was changed before: to be waited for before anything is concluded from what was read. */
  async fence(): Promise<void> {
    await Promise.all([this.reports.fence(), this.replica?.fence()]);
  }

  /**
   * Read anew what the server says of itself, and all that it has to report. Throws if it can be attached to no more, as when
   * it became a replica.
   */
  async refresh(): Promise<void> {
    const ask = (...args: string[]): Promise<RedisReply> => this.send(...args);
    const asked = [readServerInfo(this.client, this.target), eventFlags(ask), this.fence()] as const;
    const [info, flags] = await Promise.all(asked);
    const isAnew = await this.evictions.listen(this.reports, flags);
    this.info = isAnew ? await readServerInfo(this.client, this.target) : info;
    if (info.isEnding) this.replica?.serverIsEnding();
    await this.evictions.refresh(this.reports, this.info);
  }

  /** Hears nothing of Redis for so long, or until the alarm rings: hearing of each write by itself would cost both of them. */
  async rest(alarm: Alarm, ms: number): Promise<void> {
    this.reports.pause();
    this.replica?.pause();
    await alarm.sleep(ms);
    this.reports.resume();
    this.replica?.resume();
  }

  close(): void {
    this.client.close();
    this.reports.close();
    this.replica?.close();
    this.fuse.stop();
  }

  private async track(): Promise<void> {
    const { prefix } = this.target;
    for (const script of [LOOK, READ, COMPARE_AND_SET])
      this.shas.set(script, String(await this.send('SCRIPT', 'LOAD', script)));
    const only = prefix.length === 0 ? [] : ['PREFIX', prefix];
    await this.evictions.start((...args) => this.send(...args), this.reports);
    const to = String(this.reports.id);
    if (this.replica === null) await this.send('CLIENT', 'TRACKING', 'ON', 'REDIRECT', to, 'BCAST', 'NOLOOP', ...only);
    this.info = await readServerInfo(this.client, this.target);
    await this.fence();
    this.evictions.begin(this.info);
  }

  /** A server that was told to forget all scripts has not executed this one: it gets it along, however often it forgets them. */
  private async evaluate(script: string, keys: readonly Buffer[], args: readonly Argument[]): Promise<RedisReply> {
    this.replica?.asks(keys);
    try {
      return await this.client.sendAll(['EVALSHA', this.shas.get(script) ?? shaOf(script), ...args]);
    } catch (error) {
      if (!(error instanceof RedisFailure) || !error.message.startsWith('NOSCRIPT')) throw error;
      this.replica?.asks(keys);
      return this.client.sendAll(['EVAL', script, ...args]);
    }
  }

  /**
   * Keys of a Redis Cluster are of different slots, so they go as arguments, which the server takes if it has all of them. If
   * a call fails, each key is asked for by itself: one that cannot be read never stops the rest.
   */
  private async call(script: string, bytes: number, from: number, keys: readonly Buffer[]): Promise<RedisReply[]> {
    const largeFrom = String(from);
    try {
      const reply = await (this.target.kind === 'cluster'
        ? this.evaluate(script, keys, ['0', String(bytes), largeFrom, ...keys])
        : this.evaluate(script, keys, [String(keys.length), ...keys, String(bytes), largeFrom]));
      if (Array.isArray(reply)) return reply;
    } catch (error) {
      if (!(error instanceof RedisFailure) || (isOfServer(error) && !isElsewhere(error))) throw error;
      if (keys.length === 1 && this.target.kind !== 'cluster') return [error];
    }
    const share = String(Math.ceil(bytes / keys.length));
    return Promise.all(keys.map((key) => this.callOne(script, [share, largeFrom], key)));
  }

  private async callOne(script: string, limits: readonly string[], key: Buffer): Promise<RedisReply> {
    try {
      const reply = await this.evaluate(script, [key], ['1', key, ...limits]);
      return Array.isArray(reply) ? reply[0]! : null;
    } catch (error) {
      if (error instanceof RedisFailure && (isElsewhere(error) || !isOfServer(error))) return error;
      throw error;
    }
  }
}

/** As a server names it: the first call of one that was not loaded at the start brings the script along. */
function shaOf(script: string): string {
  return createHash('sha1').update(script).digest('hex');
}
