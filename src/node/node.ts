import type { Socket } from 'node:net';
import type { Effect } from '../core/context.js';
import { OperatorError } from '../core/model/errors.js';
import { isMemberAddress } from '../core/model/names.js';
import { replicaOf } from '../core/model/version.js';
import { NodeCore, type NodeState } from '../core/node.js';
import type { Message } from '../core/replication/messages.js';
import { NO_LIMIT } from '../core/store/eviction.js';
import { collectGarbage } from '../engines/embedded/slab/give-back.js';
import type { Engine } from '../engines/engine.js';
import type { Attach } from '../engines/redis/attach.js';
import type { Bridge } from '../engines/redis/bridge.js';
import type { NodePort } from '../engines/redis/site.js';
import { advice } from '../hints/advice.js';
import { LinkProtocolError } from '../links/errors.js';
import { type Link, LinkTransport } from '../links/tcp.js';
import type { Places } from './descriptors.js';
import { Dialer } from './dialer.js';
import type { Discovery } from './discovery/discovery.js';
import { Finder } from './discovery/finder.js';
import { markFormer, noteUnproven } from './former.js';
import { HeapCare } from './heap-care.js';
import type { Identity } from './identity.js';
import { nodeInfo } from './info.js';
import type { KeyspaceHost } from './keyspace.js';
import type { LogLevel, NodeStartOptions } from './options.js';
import { Outbox } from './outbox.js';
import { SnapshotPace } from './snapshot-pace.js';
import { StateAge } from './state-age.js';
import { stopError } from './stop-error.js';

/** Seeds that could not be reached so many times in a row end a join. */
const SEED_FAILURES_MAX = 8;
const ACK_PACE_MS = 5;
const BUSY_PACE_MS = 10;
/** From this share of the time on the event loop counts as busy. */
const BUSY = 0.8;
/** Below that the node has little to do. */
const QUIET = 0.5;

export interface Stopped {
  /** An exit code. */
  readonly code: number;
  readonly error: OperatorError | null;
}

/** Performs what the core asks: the disk, the links, the clocks. One event loop turn's changes leave in one go. */
export class Node implements KeyspaceHost {
  readonly core: NodeCore;
  /** Keeps the Redis that the node is attached to the same as the node; null: none. */
  readonly bridge: Bridge | null;
  /** Finds the other nodes; null: it was not told how. */
  readonly finder: Finder | null;
  readonly fsyncAlways: boolean;
  readonly startedMs = Date.now();
  readonly links = new Map<number, Link>();
  readonly stopped: Promise<Stopped>;
  /** Resolves when this node serves for the first time. */
  readonly inSync: Promise<void>;
  /** Called once when the node has to end by itself, with why. The owner closes what is around it. */
  onEnd: (stopped: Stopped) => void = () => {};
  /** The clients of its port that use its data, as an operator would name them. */
  clients: () => string[] = () => [];
  private readonly transport: LinkTransport;
  private readonly dialer: Dialer;
  private readonly outbox: Outbox;
  private readonly timer: NodeJS.Timeout;
  private scheduled = false;
  /** A turn that is due later, so that what follows until then is part of it. */
  private delayed: NodeJS.Timeout | null = null;
  private turnedAtMs = 0;
  /** At the latest tick, and whether the event loop hardly had time to wait between the two before. */
  private utilization = performance.eventLoopUtilization();
  private isBusy = false;
  private readonly heapCare = new HeapCare(collectGarbage);
  private readonly pace = new SnapshotPace();
  private resting: NodeJS.Timeout | null = null;
  private ended = false;
  private readonly stateAge = new StateAge();
  /** By the word of its operator it is a member: no other one has said so yet. */
  private isUnproven: boolean;
  private markStopped: (stopped: Stopped) => void = () => {};
  private markInSync: () => void = () => {};

  constructor(
    readonly engine: Engine,
    readonly options: NodeStartOptions,
    readonly identity: Identity,
    readonly address: string,
    private readonly seeds: readonly string[],
    attach: Attach | null,
    discoveries: readonly Discovery[],
    onAck: () => void,
  ) {
    this.fsyncAlways = options.fsyncAlways;
    this.isUnproven = options.stillMember === true;
    this.stopped = new Promise((resolve) => {
      this.markStopped = resolve;
    });
    this.inSync = new Promise((resolve) => {
      this.markInSync = resolve;
    });
    const { replica, boot, previousBoot, clusterId, founds, gathers } = identity;
    const { name, settings = {}, memory = NO_LIMIT } = options;
    const { bridge, storage } = attach?.(this.bridgePort(), engine) ?? { bridge: null, storage: engine };
    this.bridge = bridge;
    const ports = { storage, wallMs: Date.now, monoMs: () => performance.now(), random: Math.random };
    const start = {
      replica,
      boot,
      previousBoot,
      name,
      address,
      memoryOnly: options.dir === null,
      clusterId,
      founds,
      gathers,
      settings,
      memory,
    };
    this.core = new NodeCore(ports, start, onAck);
    this.finder = discoveries.length > 0 ? new Finder(this.core, discoveries, (text) => this.log('info', text)) : null;
    this.transport = new LinkTransport({
      onUp: (link) => this.linkUp(link),
      onMessage: (link, message) => {
        this.receive(link, message);
        if (message.type === 'changes' || message.type === 'ack') this.scheduleWithin(ACK_PACE_MS);
        // A beat seldom asks for anything, and there is one a second of each member: what it tells waits for the next tick.
        else if (message.type !== 'beat' || this.core.hasEffects) this.schedule();
      },
      onDown: (link, error) => this.linkDown(link, error),
      onDialFailed: (address, error) => this.dialFailed(address, error),
    });
    this.dialer = new Dialer(this.transport);
    this.outbox = new Outbox(engine, this.links, (position) => this.core.durable(position));
    engine.onTrouble = () => this.noteTroubles();
    this.noteTroubles();
    for (const note of engine.openingNotes) options.log('warn', note);
    this.timer = setInterval(() => this.tick(), this.tickMs());
    this.tick();
    this.bridge?.start();
    this.finder
      ?.announce()
      .catch((error: Error) => this.log('warn', `others may not find this node: ${error.message}`));
  }

  /** Milliseconds for which the node has been in its state. */
  get stateAgeMs(): number {
    return this.stateAge.note(this.core.state);
  }

  /** Whether it has founded its cluster since it was started. */
  get founded(): boolean {
    const { founds, gathers } = this.identity;
    return founds || (gathers !== null && gathers.clusterId === this.core.status.self.clusterId);
  }

  get waitsFor(): string {
    return this.finder?.waitsFor ?? 'waits for a second member of its cluster';
  }

  /** A socket whose other end is a node. */
  accept(socket: Socket, rest: Buffer): void {
    this.transport.accept(socket, rest);
  }

  served(): void {
    if (this.core.isGiving) this.pace.served();
  }

  /** Clients have written. With nobody to tell, the next tick is early enough. */
  changed(): void {
    if (this.links.size > 0) this.scheduleWithin(0);
  }

  info(): Record<string, Record<string, string | number>> {
    return nodeInfo(this);
  }

  /** Something changed: messages are made of it once this turn is over. */
  schedule(): void {
    if (this.scheduled || this.ended) return;
    this.scheduled = true;
    if (this.delayed !== null) clearTimeout(this.delayed);
    this.delayed = null;
    setImmediate(() => this.turn());
  }

  /**
   * As `schedule`, for what comes often. Each turn costs a sync of the disk and a message to each peer, here and there,
   * however much is in it: so turns that are only for this are at least `paceMs` apart, and more if the loop is busy.
   */
  private scheduleWithin(paceMs: number): void {
    if (this.scheduled || this.ended) return;
    const waitMs = (this.isBusy ? BUSY_PACE_MS : paceMs) - (performance.now() - this.turnedAtMs);
    if (waitMs <= 0) return this.schedule();
    this.delayed ??= setTimeout(() => this.schedule(), Math.ceil(waitMs));
  }

  /** Clients were refused, since all places are taken; null: there is room again. */
  noteCrowd(places: Places | null): void {
    const { problems } = this.core;
    if (places === null) return problems.clear('clients');
    const { clients, limit } = places;
    const why = limit === null ? '' : ` (the limit of open files is ${limit})`;
    const text = `all ${clients} places for clients are taken${why}: more are refused`;
    problems.note(
      'clients',
      '',
      text,
      advice(
        `redis-cli -h ${this.core.status.self.address.replace(/:(\d+)$/, ' -p $1')} CLIENT LIST`,
        'Or raise the limit (ulimit -n), and start the node again.',
      ),
    );
  }

  log(level: LogLevel, message: string): void {
    this.options.log(level, message);
  }

  /** Take no more writes, send out what there is, let go of links and disk. */
  async stop(code = 0, error: OperatorError | null = null): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    clearInterval(this.timer);
    this.finder?.stop();
    if (this.delayed !== null) clearTimeout(this.delayed);
    if (this.resting !== null) clearTimeout(this.resting);
    await this.bridge?.stop();
    this.core.departure.stop();
    while (this.core.pump());
    this.perform();
    await this.engine.sync().catch(() => {});
    this.outbox.run();
    await this.transport.closeAll();
    await this.engine
      .close()
      .catch((cause: Error) => this.log('error', `closing the data directory failed: ${cause.message}`));
    this.markStopped({ code, error });
  }

  private bridgePort(): NodePort {
    return {
      storage: this.engine,
      write: (key, value, expiryMs, type) => this.core.write(key, value, expiryMs, type),
      touch: (entry, expiryMs) => this.core.touchEntry(entry, expiryMs),
      now: () => this.core.stamp(),
      deleteAsOf: (key, time) => this.core.deleteAsOf(key, time),
      isOwn: ({ origin }, everBefore = false) => {
        const { data, self } = this.core.status;
        return origin === data.origin || (everBefore && replicaOf(origin) === self.replica);
      },
      overrides: (kind) => this.core.overrides(kind),
      isReady: () => this.core.state === 'serving' || this.core.state === 'no-quorum',
      durable: async () => {
        if (this.engine.durablePosition < this.engine.position) await this.engine.sync();
      },
      isFeedingMuch: () => this.core.isFeedingMuch,
      changed: () => this.schedule(),
      self: () => {
        const { clusterId, name, address } = this.core.status.self;
        return { cluster: clusterId ?? '', name, address };
      },
      log: (level, message) => this.log(level, message),
    };
  }

  // ---- turns

  private turn(): void {
    this.scheduled = false;
    if (this.ended) return;
    this.turnedAtMs = performance.now();
    const gives = this.core.isGiving && this.pace.waitMs === 0;
    if (gives) this.pace.begin();
    const acts = this.core.act();
    const hasGiven = gives && this.core.give();
    const feeds = this.core.pump();
    this.perform();
    this.flush();
    this.outbox.run();
    if (gives) this.pace.end();
    if (acts || feeds || (hasGiven && this.pace.waitMs === 0)) this.schedule();
    else if (this.core.isGiving) this.scheduleAfter(this.pace.waitMs);
  }

  /** For what may rest until then. */
  private scheduleAfter(waitMs: number): void {
    if (waitMs === 0) return;
    this.resting ??= setTimeout(() => {
      this.resting = null;
      this.schedule();
    }, Math.ceil(waitMs));
  }

  private tick(): void {
    this.noteUtilization();
    this.finder?.tick();
    this.core.tick();
    this.perform();
    this.flush();
    this.outbox.run();
    if (this.engine.durablePosition < this.engine.position) this.outbox.sync();
    else this.core.durable(this.engine.durablePosition);
    this.dialer.want(this.wantedAddresses());
    this.stateAge.note(this.core.state);
    if (isInSync(this.core.state)) this.markInSync();
    if (this.isUnproven && isInSync(this.core.state)) this.isUnproven = noteUnproven(this.engine, this.core);
    if (this.core.joining !== null) this.schedule();
  }

  /** Members where their records say, and where the operator says that members are now, or where they were found. */
  private wantedAddresses(): string[] {
    const { peers, join } = this.options;
    const members = this.core.wantedLinks().map(({ address }) => address);
    const ways = this.finder?.ways() ?? [];
    if (!this.core.status.self.isJoined) return [...new Set([...this.seeds, ...members, ...ways])];
    return [...new Set([...members, ...this.core.wantedWays([...(join ?? peers ?? []), ...ways])])];
  }

  /** What cannot be written now waits in the engine, which tells of it. Nobody is told of what waits. */
  private flush(): void {
    try {
      this.engine.flush();
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
    }
  }

  private noteTroubles(): void {
    const { problems } = this.core;
    for (const kind of ['read-only', 'compaction'] as const) {
      const trouble = this.engine.troubles.find((one) => one.kind === kind);
      if (trouble === undefined) problems.clear(kind);
      else problems.note(kind, '', trouble.text, trouble.next);
    }
  }

  private noteUtilization(): void {
    const utilization = performance.eventLoopUtilization();
    const since = performance.eventLoopUtilization(utilization, this.utilization).utilization;
    this.isBusy = since >= BUSY;
    this.utilization = utilization;
    this.heapCare.note(since < QUIET, performance.now());
  }

  private tickMs(): number {
    return Math.max(10, Math.min(100, this.core.status.liveness.timeoutMs / 50));
  }

  private perform(): void {
    for (const effect of this.core.takeEffects()) this.performOne(effect);
  }

  private performOne(effect: Effect): void {
    if (effect.kind === 'send' || effect.kind === 'close') return this.outbox.add(effect);
    if (effect.kind === 'log') return this.log(effect.level, effect.message);
    if (effect.code === 'forgotten') markFormer(this.engine, this.core.status);
    this.end(6, stopError(effect, this.address, this.waysIn()));
  }

  /** Members of its cluster by what it knows, or the way that it was shown. */
  private waysIn(): string[] {
    const members = this.core.wantedLinks().map(({ address }) => address);
    return [...members, ...this.seeds, ...(this.finder?.ways() ?? [])].filter((one) => one !== this.address);
  }

  private end(code: number, error: OperatorError): void {
    if (this.ended) return;
    this.log('error', error.message);
    this.onEnd({ code, error });
  }

  // ---- links

  private linkUp(link: Link): void {
    this.links.set(link.id, link);
    if (link.dialled !== null) this.dialer.up(link.dialled);
    this.core.linkUp(link.id, link.dialled !== null, link.dialled);
    this.schedule();
  }

  /** A fault of ours in dealing with a message ends its link, and not the node. */
  private receive(link: Link, message: Message): void {
    const isMember = message.type === 'hello' && message.clusterId !== null;
    if (isMember && isMemberAddress(message.address)) this.finder?.hint(message.address);
    try {
      this.core.receive(link.id, message);
    } catch (error) {
      this.log('error', error instanceof Error ? (error.stack ?? error.message) : String(error));
      this.core.linkBroken(link.id, `a ${message.type} that this node failed at (a bug in mneme, see its log)`);
    }
  }

  private linkDown(link: Link, error: Error | null): void {
    this.links.delete(link.id);
    if (error instanceof LinkProtocolError) this.core.linkBroken(link.id, `what is no message (${error.message})`);
    if (link.dialled !== null) this.dialer.down(link.dialled);
    if (error !== null) this.log('info', `link to ${link.dialled ?? link.remoteAddress} is down: ${error.message}`);
    this.core.linkDown(link.id);
    this.schedule();
  }

  private dialFailed(address: string, error: Error): void {
    this.dialer.down(address);
    this.core.dialFailed(address);
    // Whoever is a member already, and takes its data anew, waits for the others; and others may yet be found.
    if (this.finder !== null || this.core.state !== 'joining' || this.core.wantedLinks().length > 0) return;
    if (this.seeds.some((seed) => this.dialer.failuresOf(seed) < SEED_FAILURES_MAX)) return;
    const message = `None of ${this.seeds.join(', ')} can be reached: ${error.message}.`;
    this.end(
      4,
      new OperatorError('not-reachable', message, 'See whether they run: mneme cluster status --node ADDRESS'),
    );
  }
}

/** It has caught up, whether it may take writes or not. */
function isInSync(state: NodeState): boolean {
  return state === 'serving' || state === 'read-only' || state === 'no-quorum';
}
