import type { Socket } from 'node:net';
import { OperatorError } from '../core/model/errors.js';
import { isMemberAddress } from '../core/model/names.js';
import { replicaOf } from '../core/model/version.js';
import { NodeCore, type NodeState } from '../core/node.js';
import type { Message } from '../core/replication/messages.js';
import { NO_LIMIT } from '../core/store/eviction.js';
import type { Engine } from '../engines/engine.js';
import type { Attach } from '../engines/redis/attach.js';
import type { Bridge } from '../engines/redis/bridge.js';
import type { NodePort } from '../engines/redis/site.js';
import type { LimitsInUse, Pulse, Traffic } from '../fronts/resp/port-reports.js';
import { advice, quoteWord } from '../hints/advice.js';
import { type DialError, LinkProtocolError } from '../links/errors.js';
import { type Link, type LinkHandlers, LinkTransport } from '../links/tcp.js';
import { NO_TRUST, type Seal } from '../links/trust.js';
import type { NodeAccess } from './access/node-access.js';
import type { Places } from './descriptors.js';
import type { Discovery } from './discovery/discovery.js';
import { Finder } from './discovery/finder.js';
import { Driver, type DriverHost, type Stop, type Ways } from './driver/driver.js';
import { ActLimit } from './events/act-limit.js';
import type { By, Told } from './events/event.js';
import { EventFiles } from './events/event-files.js';
import { EventLog } from './events/event-log.js';
import { markFormer, noteUnproven } from './former.js';
import type { Identity } from './identity.js';
import { nodeInfo } from './info.js';
import type { KeyspaceHost } from './keyspace.js';
import { asideLimits } from './limits.js';
import { LoadWatch } from './load-watch.js';
import { NodeLinks } from './node-links.js';
import type { LogLevel, NodeStartOptions } from './options.js';
import { Publications } from './publications.js';
import { StateAge } from './state-age.js';
import { stopError } from './stop-error.js';
import { loopTimers } from './timers.js';
import { isDistrust, TrustWatch, trustHost } from './trust-watch.js';
import { VERSION } from './version.js';

/** Seeds that could not be reached so many times in a row end a join. */
const SEED_FAILURES_MAX = 8;
const DAY_MS = 86_400_000;

export interface Stopped {
  /** An exit code. */
  readonly code: number;
  readonly error: OperatorError | null;
}

/** One process: the core and its driver, with the disk, the links, the clocks and the timers of this machine. */
export class Node implements KeyspaceHost, DriverHost {
  readonly core: NodeCore;
  /** Keeps the Redis that the node is attached to the same as the node; null: none. */
  readonly bridge: Bridge | null;
  /** Finds the other nodes; null: it was not told how. */
  readonly finder: Finder | null;
  readonly trust: TrustWatch;
  readonly fsyncAlways: boolean;
  readonly startedMs = Date.now();
  /** What happened at this node. */
  readonly events: EventLog;
  private readonly actLimit = new ActLimit(() => performance.now());
  /** Why events cannot be kept; null: they can. */
  private eventTrouble: string | null = null;
  readonly links = new Map<number, Link>();
  readonly stopped: Promise<Stopped>;
  /** Resolves when this node serves for the first time. */
  readonly inSync: Promise<void>;
  /** Called once when the node has to end by itself, with why. The owner closes what is around it. */
  onEnd: (stopped: Stopped) => void = () => {};
  /** The clients of its port that use its data, as an operator would name them. */
  clients: () => string[] = () => [];
  /** Whom it lets in; null: everybody. */
  access: NodeAccess | null = null;
  /** The limits of its port. */
  limits: () => LimitsInUse | null = () => null;
  /** Each is called when data may have changed, at least in every tick, and before the log of changes may be trimmed. */
  readonly onDataChange: (() => void)[] = [];
  /** What clients did at its port. */
  traffic: () => Traffic | null = () => null;
  /** What they do just now. */
  pulse: () => Pulse | null = () => null;
  /** What clients publish, on its way to the other members. */
  readonly publications: Publications;
  private readonly transport: LinkTransport;
  private readonly driver: Driver;
  private ended = false;
  private readonly stateAge = new StateAge();
  /** No other member has let it in since this start. */
  private isUnproven = true;
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
    this.events = new EventLog(options.dir === null ? null : new EventFiles(options.dir), {
      nowMs: Date.now,
      keptMs: () => this.core.status.records.settings()['set-aside-days'] * DAY_MS,
      hasRoom: () => engine.takes === 'all',
      onTrouble: (reason) => {
        this.eventTrouble = reason;
      },
    });
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
      keepsWhole: options.redis !== undefined,
      version: VERSION,
      clusterId,
      founds,
      gathers,
      settings,
      memory,
      setAside: asideLimits(options.limits),
    };
    this.core = new NodeCore(ports, start, onAck);
    const { trust = NO_TRUST } = options;
    this.publications = new Publications({
      peers: () => this.core.status.peers.values(),
      link: (id) => this.links.get(id),
      problems: this.core.problems,
      monoMs: ports.monoMs,
    });
    this.trust = new TrustWatch(trust, trustHost(this.core, seeds));
    this.finder =
      discoveries.length > 0 ? new Finder(this.core, discoveries, trust, (text) => this.log('info', text)) : null;
    const handlers: LinkHandlers = {
      onUp: (link) => this.linkUp(link),
      onMessage: (link, message) => this.receive(link, message),
      onDown: (link, error) => this.linkDown(link, error),
      onDrain: (link) => this.publications.drain(link),
      onDialFailed: (address, error) => this.dialFailed(address, error),
    };
    this.transport = new LinkTransport(handlers, {}, undefined, trust, replica);
    const load = new LoadWatch(options.sharesProcess !== true);
    const links = new NodeLinks(this.links, this.transport);
    this.driver = new Driver(
      this.core,
      { ...ports, disk: engine, links, timers: loopTimers, load: () => load.next() },
      this,
    );
    engine.onTrouble = () => this.noteTroubles();
    this.noteTroubles();
    for (const note of engine.openingNotes) options.log('warn', note);
    this.driver.start();
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
  accept(socket: Socket, rest: Buffer, seal: Seal): void {
    this.transport.accept(socket, rest, seal);
  }

  served(): void {
    this.driver.served();
  }

  changed(): void {
    this.driver.changed();
    this.dataChanged();
  }

  info(): Record<string, Record<string, string | number>> {
    return nodeInfo(this);
  }

  /** Something changed: messages are made of it once this turn is over. */
  schedule(): void {
    this.driver.schedule();
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

  /** Links of other nodes were refused, since all places are taken; false: there is room again. */
  noteLinksFull(isFull: boolean): void {
    const { problems, status } = this.core;
    if (!isFull) return problems.clear('links');
    const max = this.limits()?.limits.links;
    const next = advice(
      `mneme node limits --node ${status.self.address}`,
      'See who opens them (ss -tn), or start the node with more: --limit links=NUMBER.',
    );
    problems.note('links', '', `all ${max} places for links are taken: more are refused, those of members too`, next);
  }

  /** A line of the log. `told`: it is an event. */
  log(level: LogLevel, message: string, told?: Told): void {
    if (told === undefined) this.events.remark(level, message);
    else this.events.tell(level, message, told);
    this.options.log(level, message, told);
  }

  /** Somebody had something done: `subject` is how they asked for it. */
  act(message: string, subject: string, by: By): void {
    const { hasRoom, leftOut } = this.actLimit.take();
    if (!hasRoom) return;
    const more = `${leftOut} more acts were not kept one by one: they were too many at a time`;
    if (leftOut > 0) this.log('warn', more, { kind: 'act' });
    this.log('info', message, { kind: 'act', subject, by });
  }

  /** Take no more writes, send out what there is, let go of links and disk. */
  async stop(code = 0, error: OperatorError | null = null): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    this.driver.halt();
    this.finder?.stop();
    await this.bridge?.stop();
    await this.driver.sendOut();
    await this.transport.closeAll();
    if (error === null) this.log('info', `${this.core.status.self.name} stops`, { kind: 'stop' });
    await this.engine
      .close()
      .catch((cause: Error) => this.log('error', `closing the data directory failed: ${cause.message}`));
    this.markStopped({ code, error });
  }

  private bridgePort(): NodePort {
    return {
      storage: this.engine,
      earlier: {
        write: (...write) => this.core.earlier.write(...write),
        touch: (...touch) => this.core.earlier.touch(...touch),
        deleteAt: (...flush) => this.core.earlier.deleteAt(...flush),
        isFenced: (after) => this.core.earlier.isFenced(after),
        part: (...part) => this.core.earlier.part(...part),
        expire: (...expiry) => this.core.earlier.expire(...expiry),
      },
      takesParts: () => this.core.partsFault() === null,
      now: () => this.core.stamp(),
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
      log: (level, message, about) => this.log(level, message, about),
    };
  }

  // ---- what the driver asks for and tells

  ways(): Ways {
    const { peers, join } = this.options;
    const found = this.finder?.ways() ?? [];
    // Those of the operator are for a member: whoever joins has its seeds.
    return {
      seeds: this.seeds,
      members: this.core.status.self.isJoined ? [...(join ?? peers ?? []), ...found] : found,
    };
  }

  ticking(): void {
    this.dataChanged();
    this.finder?.tick();
  }

  ticked(): void {
    const { core } = this;
    this.stateAge.note(core.state);
    this.trust.tick();
    this.publications.tick();
    this.access?.tell(core.problems);
    this.tickEvents();
    if (isInSync(core.state)) this.markInSync();
    if (this.isUnproven && isInSync(core.state))
      this.isUnproven = noteUnproven(this.engine, core, Date.now() - this.startedMs);
  }

  mustStop(stop: Stop): void {
    if (stop.code === 'forgotten') markFormer(this.engine, this.core.status);
    this.end(6, stopError(stop, this.address, this.waysIn()));
  }

  private noteTroubles(): void {
    const { problems } = this.core;
    for (const kind of ['read-only', 'compaction'] as const) {
      const trouble = this.engine.troubles.find((one) => one.kind === kind);
      if (trouble === undefined) problems.clear(kind);
      else problems.note(kind, '', trouble.text, trouble.next);
    }
  }

  private tickEvents(): void {
    this.events.tick();
    const { eventTrouble, options } = this;
    const { problems } = this.core;
    if (eventTrouble === null) return problems.clear('events');
    const next = advice(
      `df -h ${quoteWord(options.dir ?? '.')}`,
      'It is tried again every moment; the latest are in memory.',
    );
    problems.note('events', '', `what happens at this node cannot be kept in its directory: ${eventTrouble}`, next);
  }

  /** Members of its cluster by what it knows, or the way that it was shown. */
  private waysIn(): string[] {
    const members = this.core.wantedLinks().map(({ address }) => address);
    return [...members, ...this.seeds, ...(this.finder?.ways() ?? [])].filter((one) => one !== this.address);
  }

  private end(code: number, error: OperatorError): void {
    if (this.ended) return;
    this.log('error', error.message, { kind: 'stop' });
    this.onEnd({ code, error });
  }

  private dataChanged(): void {
    for (const follow of this.onDataChange) follow();
  }

  // ---- links

  private linkUp(link: Link): void {
    this.links.set(link.id, link);
    this.driver.linkUp(link.id, link.dialled);
  }

  private receive(link: Link, message: Message): void {
    const isMember = message.type === 'hello' && message.clusterId !== null;
    if (isMember && isMemberAddress(message.address)) this.finder?.hint(message.address);
    if (message.type === 'hello') this.trust.greeting(link, message.replica, message.name);
    if (message.type === 'refuse' && message.code === 'untrusted' && link.dialled !== null)
      this.trust.turnedAwayBy(link.dialled, message.message);
    this.dataChanged();
    this.driver.receive(link.id, message);
    this.dataChanged();
  }

  private linkDown(link: Link, error: Error | null): void {
    this.links.delete(link.id);
    this.publications.linkDown(link.id);
    this.trust.linkDown(link);
    if (error !== null) this.log('info', `link to ${link.dialled ?? link.remoteAddress} is down: ${error.message}`);
    const fault = error instanceof LinkProtocolError ? `what is no message (${error.message})` : null;
    this.driver.linkDown(link.id, fault);
  }

  private dialFailed(address: string, error: DialError): void {
    this.driver.dialFailed(address);
    this.trust.dialFailed(address, error);
    // Whoever is a member already, and takes its data anew, waits for the others; and others may yet be found.
    if (this.finder !== null || this.core.state !== 'joining' || this.core.wantedLinks().length > 0) return;
    if (this.seeds.some((seed) => this.driver.failuresOf(seed) < SEED_FAILURES_MAX)) return;
    const message = `None of ${this.seeds.join(', ')} can be reached: ${error.message}.`;
    if (isDistrust(error.code)) return this.end(6, new OperatorError('refused', message, GIVE_TRUST));
    this.end(
      4,
      new OperatorError('not-reachable', message, 'See whether they run: mneme cluster status --node ADDRESS'),
    );
  }
}

const GIVE_TRUST =
  'Start it with the secret and the authority of that cluster: --secret-file, --tls-ca, --tls-cert and --tls-key.';

/** It has caught up, whether it may take writes or not. */
function isInSync(state: NodeState): boolean {
  return state === 'serving' || state === 'read-only' || state === 'no-quorum';
}
