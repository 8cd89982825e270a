import { OperatorError } from '../../core/model/errors.js';
import { type Hlc, hlcFromMs } from '../../core/model/hlc.js';
import { Alarm } from './alarm.js';
import { Apply } from './apply.js';
import type { BridgeStatus } from './bridge-status.js';
import { captureBatch } from './capture.js';
import { settleConflicts } from './conflicts.js';
import { Connection, type Flush } from './connection.js';
import { problemOf } from './failures.js';
import { endFormer } from './former-connections.js';
import type { KnownServer } from './known-servers.js';
import type { LeftOutKey } from './left-out.js';
import { Opening } from './opening.js';
import { Pace } from './pace.js';
import { RedisFailure, type RedisReply } from './reply-parser.js';
import { ReportsLost } from './reports.js';
import type { Rescan } from './rescan.js';
import type { ScanReason } from './scan-scope.js';
import { scanOf } from './scan-start.js';
import { Scope } from './scope.js';
import { ScriptApply } from './script-apply.js';
import { NotMaster, type ServerInfo } from './server-info.js';
import type { Site } from './site.js';
import { SlotSet } from './slots.js';
import { Standstill } from './standstill.js';
import { formatted, type RedisTarget } from './target.js';
import { redialMs, Trouble } from './trouble.js';

/** A connection that has lasted for so long went well. */
const PROVEN_MS = 10_000;
const HEARTBEAT_MS = 1000;
/** So long a node that stops waits for what Redis has yet to answer. */
const STOP_MS_MAX = 2000;
const LONG_POLL_MS = 5;
/** How soon keys that are elsewhere are looked for again. */
const WAIT_MS = 100;
/** How many keys that were left out are tried again at once: now and then, and as long as all of them pass. */
const RETRIES_PER_BEAT = 64;
const RETRIES_PER_TURN = 256;
/** The offset of a server that no replica of ours takes over from: nothing reaches up to it. */
const NO_OFFSET = Number.MAX_SAFE_INTEGER;

const ALL = SlotSet.all();

/** What a shard tells the bridge that it is a part of. */
export interface ShardListener {
  /** Another server may have the keys by now. */
  mayHaveMoved(): void;
  /** Once all of its keys were compared. */
  attached(): void;
  /** It knows of all that its server did up to a later time than before. */
  heard(): void;
  /** A scan, or a conflict, is through. */
  settled(): void;
  /** Whether a slot comes from a server that is alive, and not from one that is lost. */
  isMoved(from: KnownServer): boolean;
}

/**
 * Keeps one server and what the node has of its keys the same. One loop captures, applies and scans in turns, and sends its
 * commands on one connection, so that what was read is never older than what was written: nothing of the node's own can be
 * taken for the application's. A single Redis is one shard; each master of a Redis Cluster is one.
 */
export class Shard {
  readonly scope: Scope;
  scan: Rescan | null = null;
  state: BridgeStatus['state'] = 'waiting';
  scanMs: number | null = null;
  private connection: Connection | null = null;
  private address = '';
  /** The server that it was attached to last. */
  private met = '';
  private isLocating = false;
  /** The latest that Redis told of, which nothing has followed from yet. */
  private flush: Flush | null = null;
  /** The node's time at which it last heard of this server: of what came before it knows. */
  heard: Hlc;
  private stopping = false;
  /** The attempt to connect, while it lasts. */
  private opening: Opening | null = null;
  private readonly alarm: Alarm;
  private readonly pace = new Pace();
  private lost: Error | null = null;
  private applyAfterMs = 0;
  /** With the connection, and with writes that the server does not take now. */
  private readonly troubles: { readonly connection: Trouble; readonly writes: Trouble };
  /** Slots that it has gained since the last scan began. */
  private gained = new SlotSet();
  private standstill: Standstill;
  private running: Promise<void> = Promise.resolve();

  /**
   * @param locate where the server is now; asked before every connection
   * @param slots null: all keys
   */
  constructor(
    private readonly site: Site,
    readonly label: string,
    private readonly locate: () => Promise<RedisTarget>,
    slots: SlotSet | null,
    private readonly listener: ShardListener,
  ) {
    this.scope = new Scope(slots);
    this.alarm = new Alarm(site.ports);
    this.standstill = new Standstill(site, this.scope);
    this.heard = site.heard;
    const log = (level: 'info' | 'warn' | 'error', message: string, isOver: boolean): void =>
      site.port.log(level, `${label}: ${message}`, { kind: 'redis', ...(isOver ? { over: true } : {}) });
    this.troubles = {
      connection: new Trouble(log, 'attached again'),
      writes: new Trouble(log, 'it takes writes again'),
    };
  }

  get problem(): string | null {
    return this.troubles.connection.problem ?? this.troubles.writes.problem;
  }

  /** For how long the server has owed an answer without a sign of life. */
  get silentMs(): number {
    return this.connection?.silentMs ?? 0;
  }

  get server(): ServerInfo | null {
    return this.connection?.info ?? null;
  }

  /** What its server lacks to tell an eviction from a delete: see {@link Evictions.flagsToSet}. */
  get eventsToSet(): string | null {
    return this.connection?.evictions.flagsToSet ?? null;
  }

  get runId(): string | null {
    return this.connection?.info.runId ?? null;
  }

  start(): void {
    this.running = this.run();
  }

  signal(): void {
    this.alarm.signal();
  }

  /** Its slots are others by now. What it gained is compared; what it lost is another's. */
  own(slots: SlotSet): void {
    for (const slot of slots) if (this.scope.slots?.has(slot) === false) this.gained.add(slot);
    this.scope.slots = slots;
    this.alarm.signal();
  }

  /** A command on its connection. */
  async ask(...args: string[]): Promise<RedisReply> {
    if (this.connection === null) throw new Error(`${this.label} is not connected`);
    return this.connection.send(...args);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.alarm.signal();
    const giveUp = this.site.ports.after(STOP_MS_MAX, () => {
      this.opening?.abandon();
      this.connection?.close();
    });
    await this.running;
    giveUp();
  }

  // ---- the loop

  private async run(): Promise<void> {
    while (!this.stopping) {
      if (!this.site.port.isReady()) {
        await this.alarm.sleep(50);
        continue;
      }
      try {
        this.state = 'connecting';
        this.site.watch();
        await this.connect();
        await this.serve();
      } catch (error) {
        if (this.stopping) break;
        const retryMs = this.troubles.connection.note(
          problemOf(error as Error),
          error instanceof OperatorError ? 'error' : 'warn',
        );
        this.blame(error);
        this.scan = null;
        this.connection?.close();
        this.connection = null;
        this.state = 'connecting';
        this.listener.mayHaveMoved();
        await this.rests(redialMs(error, retryMs));
      }
    }
    this.connection?.close();
  }

  private async connect(): Promise<void> {
    const { site, scope } = this;
    this.lost = null;
    this.flush = null;
    this.standstill = new Standstill(site, scope);
    const target = await this.locate();
    this.address = formatted(target);
    // Of another run of the server, a change that was reported says nothing: the scan finds what there is.
    for (const id of scope.of(site.dirty)) site.dirty.delete(id);
    const opening = new Opening(site.ports);
    this.opening = opening;
    const connection = await Connection.open(
      target,
      {
        changed: (id) => {
          this.flush?.seen.add(id);
          this.connection?.flush?.seen.add(id);
          this.connection?.evictions.reported(id);
          this.connection?.reported(id);
          if (site.leftOut.changed(id)) return;
          if (this.standstill.since === null) site.dirty.add(id);
          else site.dirty.addFound(id, this.standstill.since);
          this.scan?.reported(id);
          this.pace.reported++;
          if (scope.has(id)) this.alarm.signal();
          else site.signal();
        },
        flushed: () => {
          this.flush = { time: site.port.now(), seen: new Set() };
          this.connection?.reported(null);
          this.alarm.signal();
        },
        greeted: (payload) => site.neighbours.hear(payload),
        ended: (error) => {
          this.lost = error;
          this.alarm.signal();
        },
      },
      opening.ports,
    ).finally(() => opening.done());
    this.connection = connection;
    await endFormer(site.port.storage, connection);
    if (this.stopping) throw new Error('the node stops');
    for (const keys of [site.held, site.conflicts]) for (const id of scope.of(keys.keys())) keys.delete(id);
    this.meet(connection);
    this.gained = new SlotSet();
    this.startScan(connection, scope.slots);
  }

  /** Whatever rings meanwhile: what is to be done is no less for it. */
  private async rests(ms: number): Promise<void> {
    const { ports } = this.site;
    for (const endMs = ports.monoMs() + ms; !this.stopping && ports.monoMs() < endMs; )
      await this.alarm.sleep(endMs - ports.monoMs());
  }

  /** What one server did not take another one may, or the same in a newer version. */
  private meet({ info: { product, version } }: Connection): void {
    const server = `${product} ${version}`;
    if (this.met !== '' && this.met !== server) this.site.leftOut.clearAll();
    else this.site.leftOut.anyChanged();
    this.met = server;
  }

  /** A connection that ended while values were under way may have done so over one of them. */
  private blame(error: unknown): void {
    const working = this.connection?.working;
    if (working == null || error instanceof RedisFailure || error instanceof NotMaster) return;
    if (error instanceof ReportsLost) return;
    const { message } = error as Error;
    if (working.ids.length > 1 && this.site.batch.shrink(this.site.ports.monoMs())) return;
    this.site.leftOut.blame(working.ids, working.way, message, this.site.nowMs());
  }

  private async serve(): Promise<void> {
    const connection = this.connection!;
    const apply = this.scope.isWhole
      ? new Apply(this.site, connection, this.scope)
      : new ScriptApply(this.site, connection, this.scope);
    const startedMs = this.site.ports.monoMs();
    let beatMs = startedMs;
    this.standstill.begin();
    while (!this.stopping) {
      if (this.lost !== null) throw this.lost;
      // What Redis changes now the disk would not take. It stays in Redis, and is found when all is compared again.
      if (!this.site.port.isReady()) throw new Error('the node takes no changes now: see mneme cluster status');
      this.alarm.clear();
      this.standstill.notice(connection, this.heard);
      const isBusy = await this.turn(connection, apply);
      // Before it counts as heard of.
      this.standstill.notice(connection, this.heard);
      if (this.site.ports.monoMs() - beatMs >= HEARTBEAT_MS) {
        beatMs = this.site.ports.monoMs();
        const { clock } = this.site.port.storage;
        await Promise.all([connection.refresh(), this.site.neighbours.greet(connection)]);
        if (this.scan === null) this.heardOf(clock);
        if (this.site.asides.areLate) this.listener.settled();
        this.retry(this.site.leftOut.due(this.site.nowMs(), RETRIES_PER_BEAT));
        this.site.batch.grow(this.site.ports.monoMs());
        this.checkPlace(connection);
        if (this.state === 'attached') this.remember();
      }
      const isDone = !isBusy && this.scan === null && this.site.dirty.size === 0;
      if (isDone || this.site.ports.monoMs() - startedMs > PROVEN_MS) this.troubles.connection.wentWell();
      if (this.site.waiting.size > 0 || this.scan?.isWaiting === true) this.listener.mayHaveMoved();
      if (this.scan?.isWaiting === true) await this.alarm.sleep(WAIT_MS);
      else if (!isBusy) await this.rest(connection);
    }
  }

  private heardOf(time: Hlc): void {
    this.heard = time;
    this.listener.heard();
  }

  /** What is not this shard's is left to the one that has it. */
  private retry(due: readonly LeftOutKey[]): void {
    const { site } = this;
    for (const { id, way, sinceMs } of due) if (way === 'from-redis') site.dirty.addFound(id, hlcFromMs(sinceMs));
    if (due.length > 0) site.signal();
  }

  /** Until there is something to do. Right after a read what changes next is gathered. */
  private async rest(connection: Connection): Promise<void> {
    const restMs = this.pace.restMs(this.site.ports.monoMs());
    if (restMs > 0) await connection.rest(this.alarm, restMs);
    // What is left to be read is long, and waits for the members.
    else await this.alarm.sleep(this.site.isLongWaiting ? LONG_POLL_MS : HEARTBEAT_MS);
  }

  /** A master that Sentinels have replaced may not know it for ten seconds. */
  private checkPlace(connection: Connection): void {
    if (this.site.target.kind !== 'sentinel' || this.isLocating) return;
    this.isLocating = true;
    const done = this.locate().then(
      (target) => {
        if (this.connection !== connection || formatted(target) === this.address) return;
        this.lost = new NotMaster(`${formatted(target)} is the master by now`);
        this.alarm.signal();
      },
      () => {
        // A Sentinel that does not answer says nothing of the master.
      },
    );
    void done.finally(() => {
      this.isLocating = false;
    });
  }

  /** One batch of each kind of work. Returns whether there may be more. */
  private async turn(connection: Connection, apply: Apply | ScriptApply): Promise<boolean> {
    const { site, scope } = this;
    this.retry(site.leftOut.next(RETRIES_PER_TURN));
    if (this.flush !== null) await this.followFlush(connection, this.flush);
    if (this.scan === null && this.gained.size > 0) {
      const slots = this.gained;
      this.gained = new SlotSet();
      this.startScan(connection, slots);
    }
    const hasCaptured = site.dirty.size > 0 && (await this.capture(connection));
    if (site.dirty.size === 0 && this.scan === null) connection.evictions.settled(site.leftOut.unread());
    const hasApplied = this.mayApply() && (await this.tryApply(apply));
    const hasSettled = site.conflicts.size > 0 && (await settleConflicts(site, connection, scope));
    if (this.scan !== null) await this.stepScan(connection, this.scan);
    else if (hasSettled) this.listener.settled();
    const mayScan = this.scan !== null && !this.scan.isLooking;
    return hasCaptured || hasApplied || hasSettled || mayScan || this.gained.size > 0;
  }

  /** Another database may have been emptied: Redis does not say which. */
  private async followFlush(connection: Connection, flush: Flush): Promise<void> {
    const { site, scope, scan } = this;
    this.flush = null;
    site.leftOut.anyChanged();
    const isKnown = scan === null || scan.scope.isKnown;
    const isOurs = !isKnown || (await this.isEmptied(connection));
    // What is missing from then on was deleted at that time, also where the scan has yet to begin.
    if (isKnown && isOurs) connection.flush = flush;
    if (this.lost === null) this.startScan(connection, scope.slots, isKnown ? (isOurs ? 'flush' : 'gap') : undefined);
  }

  private async isEmptied(connection: Connection): Promise<boolean> {
    if (!this.scope.isWhole) return true;
    const left = await connection.send('DBSIZE').catch(() => 0);
    return Number(left) * 2 <= this.site.store.liveCount(this.site.target.database);
  }

  private async capture(connection: Connection): Promise<boolean> {
    const { site, pace } = this;
    const startedMs = this.site.ports.monoMs();
    if (!pace.isDue(site.dirty.size, startedMs)) return false;
    pace.reported = 0;
    const keys = await captureBatch(site, connection, this.scope);
    if (keys > 0) pace.rest(keys, site.dirty.size, startedMs, this.site.ports.monoMs());
    return keys > 0;
  }

  private mayApply(): boolean {
    return this.scan?.scope.holdsApply !== true && this.site.ports.monoMs() >= this.applyAfterMs;
  }

  /** A Redis that takes no writes now, as when its memory is full, is asked again later; capture goes on meanwhile. */
  private async tryApply(apply: Apply | ScriptApply): Promise<boolean> {
    try {
      const hasApplied = await apply.step();
      if (hasApplied && this.lost === null) this.troubles.writes.wentWell();
      return hasApplied;
    } catch (error) {
      if (!(error instanceof RedisFailure) || error.message.startsWith('NOSCRIPT')) throw error;
      this.applyAfterMs = this.site.ports.monoMs() + Math.max(HEARTBEAT_MS, this.troubles.writes.note(error.message));
      return false;
    }
  }

  // ---- scans

  private startScan(connection: Connection, slots: SlotSet | null, reason?: ScanReason): void {
    const { isMoved } = this.listener;
    const scan = scanOf(this.site, connection, this.scope, { slots, reason, since: this.heard, isMoved });
    for (const id of this.site.dirty) scan.reported(id);
    this.scan = connection.scan = scan;
    this.state = 'scanning';
  }

  private async stepScan(connection: Connection, scan: Rescan): Promise<void> {
    await scan.step();
    if (!scan.isDone || this.scan !== scan) return;
    const { clock } = this.site.port.storage;
    await connection.refresh();
    if (this.scan !== scan) return;
    this.scan = null;
    connection.flush = connection.scan = null;
    this.scanMs = Math.round(this.site.ports.monoMs() - scan.startedMs);
    this.state = 'attached';
    this.listener.attached();
    this.heardOf(clock);
    this.listener.settled();
    this.remember();
    const { size } = this.site.held;
    if (size === 0) return;
    const of = this.site.store.liveCount(this.site.target.database);
    this.site.port.log(
      'warn',
      `redis lost data: ${size} of ${of} keys are missing or different; see mneme engine status`,
      { kind: 'redis' },
    );
  }

  /** From here on what is missing in this run of this server is known not to be a loss. */
  remember(): void {
    const { site, connection, scope } = this;
    // A conflict that is not settled yet has to be found again after a crash.
    if (connection === null || this.scan !== null || this.gained.size > 0) return;
    if (site.conflicts.size > 0 || site.held.size > 0) return;
    const evicted = connection.evictions.accountedFor;
    const offset = this.scope.isWhole && site.target.kind === 'single' ? NO_OFFSET : connection.info.offset;
    if (site.servers.set(scope.slots ?? ALL, { ...connection.info, evicted, offset })) site.port.changed();
    site.unreplicated.settle(connection.info.predecessor.replicationId);
  }
}
