import { OperatorError } from '../../core/errors.js';
import { Alarm } from './alarm.js';
import { Apply } from './apply.js';
import type { BridgeStatus } from './bridge-status.js';
import { captureBatch } from './capture.js';
import { settleConflicts } from './conflicts.js';
import { Connection } from './connection.js';
import { idOf } from './ledger.js';
import { RedisFailure } from './reply-parser.js';
import { Rescan, type ScanReason } from './rescan.js';
import { type NodePort, Site } from './site.js';
import type { RedisTarget } from './target.js';
import type { BeforeChange } from './watched-store.js';

const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 5000;
const HEARTBEAT_MS = 1000;

/** What is remembered of the server that the node was attached to. */
interface Attached {
  readonly runId: string;
  readonly replicationId: string;
  readonly evicted: number;
}

const ATTACHED = 'redis/attached';
/** Once the node has what a member must have, changes are noted also across a crash before the first scan is through. */
const ATTACHING = 'redis/attaching';

/**
 * Keeps one Redis and one node the same. One loop on one connection captures, applies and scans in turns, so that what was
 * read is never older than what was written: nothing of the node's own can be taken for the application's.
 */
export class Bridge {
  readonly site: Site;
  private connection: Connection | null = null;
  private scan: Rescan | null = null;
  private flushed = false;
  private stopping = false;
  private problem: string | null = null;
  private state: BridgeStatus['state'] = 'waiting';
  private scanMs: number | null = null;
  private watches: boolean;
  private readonly alarm = new Alarm();
  private lost: Error | null = null;
  private applyAfterMs = 0;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly target: RedisTarget,
    private readonly port: NodePort,
  ) {
    this.site = new Site(target, port);
    this.site.isAttached = this.attached() !== null;
    this.watches = this.site.isAttached || port.storage.getMeta(ATTACHING) === true;
    this.site.ledger.onWanted = () => this.alarm.signal();
  }

  start(): void {
    this.running = this.run();
  }

  /** To be called before an entry of the node changes. */
  readonly before: BeforeChange = (key, then) => {
    // Before the first connection all that the node has is compared anyway.
    if (this.watches) this.site.before(key, then);
  };

  status(): BridgeStatus {
    const { site, scan, connection, target } = this;
    const different = [...site.held.values()].filter((state) => state !== null).length;
    const of = site.store.liveCount(target.database);
    return {
      redis: target.label,
      keys: `${target.prefix.toString()}*`,
      state: this.state === 'attached' && site.held.size > 0 ? 'held' : this.state,
      problem: this.problem,
      version: connection?.info.version ?? null,
      counters: { ...site.counters },
      toRead: site.dirty.size,
      toWrite: site.ledger.wanted,
      evictedKeys: site.ledger.evicted,
      refusedKeys: site.refused.size,
      held: { missing: site.held.size - different, different, of },
      scan: scan === null ? null : { checked: scan.checked, of },
      scanMs: this.scanMs,
    };
  }

  /** Write what Redis may have lost back to it. Gives the number of keys. */
  restore(): number {
    this.checkHeld();
    const { held, ledger, conflicts } = this.site;
    const count = held.size;
    this.site.endOverrides();
    this.site.overrides('restore');
    for (const [id, state] of held) {
      if (state === null) ledger.set(id, { base: null, wanted: true });
      else conflicts.set(id, 'cluster');
    }
    return this.settleHeld(count);
  }

  /** Take what Redis has now as what the application wants: what is missing is deleted everywhere. Gives the number of keys. */
  confirmLoss(): number {
    this.checkHeld();
    const { held, conflicts } = this.site;
    const count = held.size;
    this.site.endOverrides();
    this.site.overrides('confirm-loss');
    for (const id of held.keys()) conflicts.set(id, 'redis');
    return this.settleHeld(count);
  }

  private settleHeld(count: number): number {
    this.site.held.clear();
    this.remember();
    this.alarm.signal();
    return count;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.connection?.close();
    this.alarm.signal();
    await this.running;
  }

  // ---- the loop

  private async run(): Promise<void> {
    let retryMs = RETRY_MS_MIN;
    while (!this.stopping) {
      if (!this.port.isReady()) {
        await this.alarm.sleep(50);
        continue;
      }
      try {
        this.state = 'connecting';
        if (!this.watches) this.port.storage.setMeta(ATTACHING, true);
        this.watches = true;
        await this.connect();
        retryMs = RETRY_MS_MIN;
        await this.serve();
      } catch (error) {
        if (this.stopping) break;
        this.note(error);
        this.scan = null;
        this.connection?.close();
        this.connection = null;
        this.state = 'connecting';
        await this.alarm.sleep(retryMs);
        retryMs = Math.min(RETRY_MS_MAX, retryMs * 2);
      }
    }
    this.connection?.close();
  }

  private async connect(): Promise<void> {
    const { site } = this;
    this.lost = null;
    this.flushed = false;
    // Of another run of the server, a change that was reported says nothing: the scan finds what there is.
    site.dirty.clear();
    const connection = await Connection.open(this.target, {
      changed: (clientKey) => {
        const key = site.fullKey(clientKey);
        if (!site.covers(key)) return;
        site.dirty.add(idOf(key));
        this.alarm.signal();
      },
      flushed: () => {
        this.flushed = true;
        this.alarm.signal();
      },
      ended: (error) => {
        this.lost = error;
        this.alarm.signal();
      },
    });
    this.connection = connection;
    site.held.clear();
    site.conflicts.clear();
    site.endOverrides();
    site.refused.clear();
    const before = this.attached();
    this.startScan(connection, reasonOf(before, connection), before);
    if (this.problem !== null) this.port.log('info', `attached to ${this.target.label} again`);
    this.problem = null;
  }

  private async serve(): Promise<void> {
    const connection = this.connection!;
    const apply = new Apply(this.site, connection);
    let beatMs = performance.now();
    while (!this.stopping) {
      if (this.lost !== null) throw this.lost;
      this.alarm.clear();
      const isBusy = await this.turn(connection, apply);
      if (performance.now() - beatMs >= HEARTBEAT_MS) {
        beatMs = performance.now();
        await connection.refresh();
        if (this.state === 'attached' && this.site.held.size === 0) this.remember();
      }
      if (!isBusy) await this.alarm.sleep(HEARTBEAT_MS);
    }
  }

  /** One batch of each kind of work. Gives whether there may be more. */
  private async turn(connection: Connection, apply: Apply): Promise<boolean> {
    const { dirty } = this.site;
    if (this.flushed) {
      this.flushed = false;
      this.startScan(connection, this.scan?.reason === 'gap' || this.scan === null ? 'flush' : this.scan.reason, null);
    }
    const hadDirty = dirty.size > 0;
    if (hadDirty) await captureBatch(this.site, connection);
    const hasApplied = this.mayApply() && (await this.tryApply(apply));
    const hasSettled = await settleConflicts(this.site, connection);
    if (this.scan !== null) await this.stepScan(this.scan);
    return hadDirty || hasSettled || hasApplied || this.scan !== null || dirty.size > 0;
  }

  /**
   * A key that is missing, and was not compared yet, may be one that Redis lost: an apply that met it would have it captured
   * as a delete. So what peers changed waits until the scan is through, except for the first one, which knows no bases.
   */
  private mayApply(): boolean {
    const reason = this.scan?.reason;
    return reason !== 'suspect' && reason !== 'gap' && performance.now() >= this.applyAfterMs;
  }

  /** A Redis that takes no writes now, as when its memory is full, is asked again later; capture goes on meanwhile. */
  private async tryApply(apply: Apply): Promise<boolean> {
    try {
      const hasApplied = await apply.step();
      if (hasApplied && this.lost === null) this.problem = null;
      return hasApplied;
    } catch (error) {
      if (!(error instanceof RedisFailure) || error.message.startsWith('NOSCRIPT')) throw error;
      this.note(error);
      this.applyAfterMs = performance.now() + HEARTBEAT_MS;
      return false;
    }
  }

  // ---- scans

  private startScan(connection: Connection, reason: ScanReason, before: Attached | null): void {
    const evicted = before === null ? 0 : connection.info.evicted - before.evicted;
    this.scan = new Rescan(this.site, connection, reason, evicted);
    this.state = 'scanning';
  }

  private async stepScan(scan: Rescan): Promise<void> {
    await scan.step();
    if (!scan.isDone || this.scan !== scan) return;
    this.scan = null;
    this.scanMs = Math.round(performance.now() - scan.startedMs);
    this.state = 'attached';
    this.site.isAttached = true;
    const { size } = this.site.held;
    if (size === 0) return this.remember();
    const of = this.site.store.liveCount(this.target.database);
    this.port.log('warn', `redis lost data: ${size} of ${of} keys are missing or different; see mneme engine status`);
  }

  private attached(): Attached | null {
    return (this.port.storage.getMeta(ATTACHED) as Attached | undefined) ?? null;
  }

  /** From here on what is missing in this run of this server is known not to be a loss. */
  private remember(): void {
    const info = this.connection?.info;
    // A conflict that is not settled yet has to be found again after a crash.
    if (info === undefined || this.scan !== null || this.site.conflicts.size > 0) return;
    const { runId, replicationId, evicted } = info;
    const known = this.attached();
    if (known?.runId === runId && known.replicationId === replicationId && known.evicted === evicted) return;
    this.port.storage.setMeta(ATTACHED, { runId, replicationId, evicted });
    this.port.changed();
  }

  private note(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (message !== this.problem) {
      const level = error instanceof OperatorError ? 'error' : 'warn';
      this.port.log(level, `${this.target.label}: ${message}`);
    }
    this.problem = message;
  }

  private checkHeld(): void {
    if (this.site.held.size > 0 && this.connection !== null && this.scan === null) return;
    const message = 'Nothing is held: Redis has not lost anything that is known of, or is being looked at just now.';
    throw new OperatorError('refused', message, 'mneme engine status');
  }
}

// ---------------------------------------------------------------------------------------------------------------------

function reasonOf(before: Attached | null, { info }: Connection): ScanReason {
  if (before === null) return 'attach';
  return before.runId === info.runId && before.replicationId === info.replicationId ? 'gap' : 'suspect';
}
