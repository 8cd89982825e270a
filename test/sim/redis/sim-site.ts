import type { Entry } from '../../../src/core/model/entry.js';
import type { Bridge } from '../../../src/engines/redis/bridge.js';
import { idToKey } from '../../../src/engines/redis/ledger.js';
import { parseTarget, type RedisTarget } from '../../../src/engines/redis/target.js';
import { isWish, SiteBook } from './book.js';
import type { BridgedNode } from './bridged-node.js';
import { nameOfKey, stateOfEntry } from './content.js';
import { type Answerer, Line, type LineOptions } from './line.js';
import { ServerClient } from './model/client.js';
import { Pairs, text } from './model/resp.js';
import { type Change, type ServerOptions, SimRedis } from './model/server.js';
import { isOfParts } from './part-applications.js';
import { type Occasion, PartBook } from './part-book.js';
import { isHeldAnyway } from './wishes.js';
import type { BridgedWorld } from './world.js';

const SENTINEL_PORT = 26379;

/** One place: a Redis, the application that uses it, and a node beside it. */
export class SimSite {
  readonly redis: SimRedis;
  readonly target: RedisTarget;
  readonly book: SiteBook;
  readonly parts = new PartBook();
  /** When its server was dialled. */
  readonly dials: number[] = [];
  /** When its connections broke, with the server or without it. */
  readonly losses: number[] = [];
  /** Since when its server is the process that it is. */
  runSinceMs = 0;
  /** When its node was started. */
  readonly starts: number[] = [];
  /** When keys were evicted, and whether events have told of it. */
  readonly evictions: { readonly atMs: number; readonly isTold: boolean }[] = [];
  node!: BridgedNode;
  /** Called when Redis has next executed a write of the node, which has yet to hear of it. */
  onceApplied: ((key: string) => void) | null = null;
  readonly application: ServerClient;
  /** When its node last heard nothing of it. */
  awayMs = 0;
  /** The last time that something changed before its node was attached. */
  unattachedMs = 0;
  private hasAttached = false;
  /** Nothing answers a dial. */
  isUnreachable = false;
  private readonly lines = new Set<Line>();
  private wasAttached = false;
  private stuckUntilMs = 0;

  constructor(
    readonly world: BridgedWorld,
    readonly name: string,
    options: ServerOptions,
    private readonly lineOptions: LineOptions,
    wallMs: () => number,
  ) {
    const { schedule, random } = world;
    this.redis = new SimRedis({ wallMs, after: (ms, run) => schedule.after(ms, run), random }, options);
    this.redis.onChange = (change) => this.changed(change);
    this.redis.onRenewed = () => {
      this.runSinceMs = schedule.nowMs;
    };
    this.application = this.redis.connect('application', null);
    this.book = new SiteBook(world.bridged.capture === 'replica' && !options.hasReplica);
    const address = `${name}.example:6379`;
    this.target = parseTarget(
      options.hasReplica
        ? `redis+sentinel://${name}.example:${SENTINEL_PORT}/main`
        : `redis://${address}?capture=${world.bridged.capture}`,
    );
  }

  /** Whether the application's commands are answered. */
  get serves(): boolean {
    return this.redis.isUp && !this.redis.isLoading && !this.redis.stands;
  }

  get nowMs(): number {
    return this.redis.nowMs;
  }

  private get isAttended(): boolean {
    const { node, redis } = this;
    const state = node.bridge?.state() ?? 'waiting';
    // A scan of one that has been attached all along is for a flush.
    if (state !== 'scanning') this.wasAttached = state === 'attached';
    const isHeard = redis.isUp && this.world.schedule.nowMs >= this.stuckUntilMs;
    return isHeard && !node.hangs && !node.isStopping && this.wasAttached;
  }

  /** Whether a connection ended since then, or the node was started: what was under way may have arrived or not. */
  lostSince(sinceMs: number): boolean {
    return [this.losses, this.starts, this.dials].some((times) => times.some((atMs) => atMs >= sinceMs));
  }

  /** What the server keeps for its node. */
  get owedBytes(): number {
    let bytes = 0;
    for (const line of this.lines) bytes += line.owedBytes;
    return bytes;
  }

  /** A command of the application. */
  do(...args: string[]): void {
    this.world.note(`application at ${this.name}: ${args.join(' ')}`);
    this.redis.execute(this.application, args.map(text));
    if (args[0]!.startsWith('FLUSH')) this.noteFlushed();
  }

  // ---- connections

  dial(target: RedisTarget, inProcess: (run: () => void) => void): Line | 'refused' | 'silence' {
    if (this.node.bridge?.state() === 'connecting') this.awayMs = this.world.schedule.nowMs;
    if (this.isUnreachable) return 'silence';
    const isSentinel = target.port === SENTINEL_PORT;
    if (!isSentinel && !this.redis.isUp) return 'refused';
    const { schedule, random } = this.world;
    const line = new Line(
      schedule,
      random,
      this.lineOptions,
      isSentinel ? this.sentinel() : this.answerer(),
      inProcess,
    );
    for (const one of this.lines) if (one.isOver) this.lines.delete(one);
    this.lines.add(line);
    return line;
  }

  breakLines(): void {
    this.awayMs = this.world.schedule.nowMs;
    this.losses.push(this.world.schedule.nowMs);
    for (const line of this.lines) line.break();
  }

  stickLines(untilMs: number): void {
    this.stuckUntilMs = Math.max(this.stuckUntilMs, untilMs);
    for (const line of this.lines) line.stick(untilMs);
  }

  nodeIsGone(bridge: Bridge | null): void {
    this.awayMs = this.world.schedule.nowMs;
    const ledger = bridge?.site.ledger;
    for (const { id } of ledger?.waiting ?? []) {
      const entry = this.node.disk.inner('data').get(idToKey(id));
      this.book
        .of(id.slice(1))
        .mayBeSent(
          entry === undefined ? null : stateOfEntry(entry, this.nowMs),
          ledger?.get(id)?.bases.includes(null) === true,
        );
    }
    for (const line of this.lines) line.destroy();
  }

  // ---- what happens

  /** The node has given a version to what it read. */
  captured(written: Entry, before: Entry | undefined): void {
    const key = nameOfKey(written.key);
    const state = stateOfEntry(written, 0);
    this.world.note(`${this.node.name} captures ${key} ${state} as ${written.hlc}/${written.seq}`);
    this.world.tellCaptured(this, key, state, written, before);
  }

  private changed(change: Change): void {
    const { world } = this;
    const { key, after, cause, database } = change;
    if (database !== this.target.database) return;
    this.hasAttached ||= this.node.bridge?.site.isAttached === true;
    if (!this.hasAttached) this.unattachedMs = world.schedule.nowMs;
    if (cause !== 'application') world.note(`${this.name} ${cause}: ${key} ${after?.state ?? 'nothing'}`);
    if (isOfParts(key)) {
      if (cause === 'eviction')
        this.evictions.push({ atMs: world.schedule.nowMs, isTold: this.redis.options.events !== '' });
      world.partChecker.changed(this, change, this.occasion(change.isFlush));
      if (cause === 'node' && change.before !== change.after) this.noteApplied(key);
      return;
    }
    const deed = {
      order: ++world.deeds,
      atMs: world.schedule.nowMs,
      by: cause,
      state: after?.state ?? null,
      expiryMs: after?.expiryMs ?? 0,
      isFlush: change.isFlush,
      isAttended: this.isAttended,
      isAway: (this.node.bridge?.state() ?? 'connecting') === 'connecting',
    };
    if (cause === 'eviction') this.evictions.push({ atMs: deed.atMs, isTold: this.redis.options.events !== '' });
    // A delete of what is gone anyway replaces nothing.
    if (cause === 'node' && change.before !== change.after) {
      world.tellApplied(this, change);
      this.noteApplied(key);
    }
    const book = this.book.of(key);
    const { last } = book;
    // What the node had anyway it knows to be there: to come back to it later is no change.
    if (last !== null && isWish(last) && isHeldAnyway(this, key, last)) book.know(last);
    book.note(deed);
  }

  private occasion(isFlush: boolean): Occasion {
    const { world } = this;
    return { order: ++world.deeds, atMs: world.schedule.nowMs, isFlush, isAttended: this.isAttended };
  }

  private noteApplied(key: string): void {
    const { onceApplied } = this;
    this.onceApplied = null;
    onceApplied?.(key);
  }

  /** What was evicted or lost before is deleted too, unless the flush may have been one of another database; what was deleted, as of now. */
  private noteFlushed(): void {
    if (this.world.bridged.parts) this.world.partChecker.flushed(this, this.occasion(true));
    for (const [, book] of this.book.entries()) {
      const { last } = book;
      if (last === null || last.state !== null || last.isFlush) continue;
      const isMissing = last.by === 'eviction' || last.by === 'load';
      if (!isMissing && book.unseen(this.nowMs) === null) continue;
      const deed = { ...last, order: ++this.world.deeds, atMs: this.world.schedule.nowMs };
      book.note({ ...deed, by: 'application', isFlush: true, isAttended: this.isAttended });
      if (isMissing) book.excuse(deed.order);
    }
  }

  private answerer(): Answerer {
    const { redis } = this;
    return {
      connect: (carrier) => redis.connect('node', carrier),
      receive: (client, bytes) => {
        this.world.note(
          `${this.name} < ${bytes
            .toString('latin1')
            .replace(/[^ -~]+/g, ' ')
            .slice(0, 160)}`,
        );
        redis.receive(client, bytes);
      },
      disconnect: (client) => redis.disconnect(client),
      standsForMs: () => (redis.stands && !redis.isBusy ? redis.standsUntilMs - redis.nowMs : 0),
    };
  }

  /** Knows where the master is, and nothing else. */
  private sentinel(): Answerer {
    return {
      connect: (carrier) => new ServerClient(0, 'node', carrier),
      receive: (client, bytes) => {
        for (const [verb] of client.parser.push(bytes)) {
          const isHello = String(verb).toUpperCase() === 'HELLO';
          client.say(isHello ? new Pairs([]) : [text(`${this.name}.example`), text('6379')]);
        }
        client.offer();
      },
      disconnect: () => {},
      standsForMs: () => 0,
    };
  }
}
