import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { OperatorError } from '../../core/model/errors.js';
import { harmless } from '../../core/model/names.js';
import type { Publication } from '../../core/model/publication.js';
import { systemReason } from '../../core/model/system-errors.js';
import { advice } from '../../hints/advice.js';
import { Guard, sendOff } from '../../links/guard.js';
import type { Seal } from '../../links/trust.js';
import { type Access, OPEN_ACCESS } from './access/access.js';
import { ANYBODY } from './access/identity.js';
import { SECRET_HOLDER } from './access/with-secret.js';
import { Activity } from './activity.js';
import { type AdminHandler, type Asker, askerText } from './admin.js';
import { ClientMemory } from './client-memory.js';
import { REPLY_BYTES_MAX } from './codec/reply-buffer.js';
import { ReplyWriter } from './codec/reply-writer.js';
import { DEFAULT_REQUEST_LIMITS } from './codec/request-parser.js';
import type { CommandRow } from './command-stats.js';
import { COMMANDS } from './commands/registry.js';
import { Connection, type ConnectionHost } from './connection.js';
import { Exclusive } from './exclusive.js';
import { type Greeting, greet, type LinkHandler } from './greeter.js';
import { KeyEvents } from './key-events/key-events.js';
import type { Heat } from './key-heat.js';
import type { Keyspace } from './keyspace.js';
import { LIMITS, type LimitName, type Limits, USUAL_LIMITS } from './limits.js';
import { LinkPlaces } from './link-places.js';
import { Places } from './places.js';
import { Deliveries } from './pubsub/deliveries.js';
import { Subscriptions } from './pubsub/subscriptions.js';
import { Round } from './round.js';
import { Scripts } from './scripting/scripts.js';
import { becomes, becomesAnonymous, newSession, type Session } from './session.js';
import { LOOKS, Sweep } from './sweep.js';

export interface ListenerOptions {
  host: string;
  /** 0: any free port. */
  port: number;
  keyspace: Keyspace;
  /** Whom the node lets in; without one, everybody may do everything. */
  access?: Access | undefined;
  /** Answers `MNEME VERB [JSON]`; without one, admin commands are refused. */
  adminHandler?: AdminHandler | undefined;
  /** Takes over links between nodes; without one, they are closed. */
  linkHandler?: LinkHandler | undefined;
  /** Who may connect; default: everybody, without TLS. */
  guard?: Guard | undefined;
  /** Clients of other machines have to be users, also where there are none. */
  isProtected?: boolean | undefined;
  /** A second port, without TLS, for clients of this machine. */
  plain?: BoundAddress | undefined;
  /** Those that are not the usual ones. Links count among no clients, and there is a little room beyond for admin commands. */
  limits?: Partial<Limits> | undefined;
  /** Told of a client that was refused because there are so many, and once there is room again. */
  onCrowd?: ((isCrowded: boolean) => void) | undefined;
  /** Told of a link that was refused because there are so many, and once there is room again. */
  onLinksFull?: ((isFull: boolean) => void) | undefined;
  /** Something that an operator should know: for the log. Default: a process warning. */
  onWarning?: ((message: string) => void) | undefined;
  /** A client publishes something: for the other members. It is good for this call alone. */
  onPublication?: ((publication: Publication) => void) | undefined;
  /** What an operator had done by a command of Redis, in words with who it was. */
  onAct?: ((text: string, asker: Asker) => void) | undefined;
  /** A script of a client says something for the node's log. Default: nothing is kept of it. */
  onScriptLog?: ((level: 'info' | 'warn', text: string) => void) | undefined;
  /** A command or a commit failed by a fault of the node: for its log. Default: a process warning. */
  onInternalError?: ((error: unknown) => void) | undefined;
}

interface BoundAddress {
  readonly host: string;
  readonly port: number;
}

export interface Listener {
  /** Opens the port. Throws OperatorError 'port-in-use' or 'bad-setting'. */
  start(): Promise<BoundAddress>;
  /**
   * Stops accepting, answers what was read, closes the clients' connections; those still busy after `graceMs` (default 5 s)
   * are cut. Links belong to whoever took them over.
   */
  close(graceMs?: number): Promise<void>;
  readonly clients: number;
  /** Clients that have sent more than admin commands so far, by address and name. */
  users(): string[];
  traffic(): Traffic;
  /** Whoever asks sees from then on which keys are in use. */
  pulse(): Pulse;
  limits(): LimitsInUse;
  /** A client of another member has published something. */
  deliver(publication: Publication): void;
  /** Who may come in has changed: clients that are no longer who they were are cut off, or have to say who they are. */
  reviewAccess(): void;
}

/** The limits of a port, what of each is in use, where that can be counted, and how often each was met since the start. */
export interface LimitsInUse {
  readonly limits: Limits;
  readonly inUse: Readonly<Partial<Record<LimitName, number>>>;
  readonly met: Readonly<Partial<Record<LimitName, number>>>;
}

/** What clients did since the start; their commands: since the latest CONFIG RESETSTAT. */
export interface Traffic {
  readonly clients: number;
  readonly clientsMax: number;
  /** Accepted, links between nodes included. */
  readonly connections: number;
  /** There were too many. */
  readonly refused: number;
  /** Channels and patterns that somebody listens to. */
  readonly subscriptions: number;
  /** Messages that its clients have published, and those handed to subscribers, of other members too. */
  readonly published: number;
  readonly delivered: number;
  readonly commands: readonly (readonly [name: string, row: Readonly<CommandRow>])[];
  /** Error replies, by the word that they begin with. */
  readonly errors: readonly (readonly [code: string, count: number])[];
}

/** What clients do just now: commands since the start, or the latest CONFIG RESETSTAT, and samples of the keys. */
export interface Pulse {
  readonly clients: number;
  readonly reads: number;
  readonly writes: number;
  /** null: the look has only begun. */
  readonly heat: Heat | null;
}

/** One port for Redis clients, admin commands and links between nodes. */
export function createListener(options: ListenerOptions): Listener {
  return new RespListener(options);
}

// ---

const GRACE_MS = 5_000;
const KEEP_ALIVE_MS = 300_000;
/** Connections beyond the clients' places: links on their way in, and operators, who have to see what is wrong. */
const OTHERS_MAX = 32;
/** There, a connection has so long to say that it is one of them. */
const OTHERS_SAY_MS = 1_000;
/** There is room again at this share of the clients' places. */
const ROOMY = 0.9;

class RespListener implements Listener {
  private readonly servers: Server[] = [];
  private readonly guard: Guard;
  private readonly host: ConnectionHost & { port: number; startedMs: number; isClosing: boolean };
  private readonly sessions = new Map<number, Session>();
  private readonly connections = new Map<number, Connection>();
  private readonly strangers = new Set<Socket>();
  private readonly places: Places;
  private readonly links: LinkPlaces;
  private readonly met = new Map<LimitName, { count: number; toldMs: number }>();
  /** Connections in the middle of a request: how often bytes had come by the last look, and since how many looks. */
  private halves = new Map<Connection, { chunks: number; looks: number }>();
  private sweeps: Sweep[] = [];
  private isCrowded = false;
  private isOpen = false;
  private nextId = 1;
  private onEmpty: (() => void) | undefined;
  private closing: Promise<void> | undefined;

  constructor(private readonly options: ListenerOptions) {
    this.host = createHost(options, this.sessions, this.connections, (limit, who) => this.exceeded(limit, who));
    this.places = new Places(this.host.limits);
    this.links = new LinkPlaces(this.host.limits.links, (isFull) => options.onLinksFull?.(isFull));
    this.guard = options.guard ?? new Guard();
  }

  get clients(): number {
    return this.sessions.size;
  }

  users(): string[] {
    const users = [...this.sessions.values()].filter(
      ({ lastCommand }) => lastCommand !== '' && lastCommand !== 'mneme',
    );
    return users.map(({ address, name }) => (name === '' ? address : `${address} (${harmless(name)})`));
  }

  limits(): LimitsInUse {
    const { limits, clientMemory } = this.host;
    const inUse: Partial<Record<LimitName, number>> = {
      clients: this.clients,
      'clients-per-address': this.places.mostOfAddress,
      links: this.links.count,
      unauthenticated: this.places.unauthenticated,
      patterns: this.host.subscriptions.size('patterns'),
      'client-memory': clientMemory.bytes,
    };
    const met = Object.fromEntries([...this.met].map(([name, { count }]) => [name, count]));
    return { limits: { ...limits, 'client-memory': clientMemory.bytesMax }, inUse, met };
  }

  traffic(): Traffic {
    const { counters, activity, clientsMax, subscriptions } = this.host;
    const { commands, errors } = activity.stats;
    const { connections, rejected } = counters;
    const { published, delivered } = subscriptions;
    const listened = (['channels', 'patterns', 'shards'] as const).map((what) => subscriptions.size(what));
    return {
      ...{ clients: this.clients, clientsMax, connections, refused: rejected, commands, errors },
      ...{ subscriptions: listened.reduce((sum, count) => sum + count), published, delivered },
    };
  }

  pulse(): Pulse {
    const { activity, commands } = this.host;
    let [reads, writes] = [0, 0];
    for (const [name, { calls }] of activity.stats.commands) {
      const flags = commands.find(Buffer.from(name))?.flags;
      if (flags?.includes('write')) writes += calls;
      else if (flags?.includes('readonly')) reads += calls;
    }
    return { clients: this.clients, reads, writes, heat: activity.heat.look(performance.now()) };
  }

  deliver(publication: Publication): void {
    this.host.subscriptions.publish(publication);
  }

  reviewAccess(): void {
    const { access } = this.host;
    for (const session of this.sessions.values()) {
      const { identity, isAuthenticated, isMonitor, listening } = session;
      if (isAuthenticated && identity !== null && access.isValid(identity)) continue;
      // What still waits for its turn is judged anew when it has it.
      becomesAnonymous(session, isAuthenticated ? null : access.anonymous);
      // Whoever removes itself is told that it is done.
      if (isAuthenticated && session.lastCommand === 'mneme') session.connection.endSoon();
      else if (isAuthenticated || ((isMonitor || listening !== null) && session.identity === null))
        session.connection.cut();
    }
  }

  async start(): Promise<BoundAddress> {
    const { host, port, plain } = this.options;
    const bound = await this.listen({ host, port }, false);
    this.host.port = bound.port;
    this.host.startedMs = Date.now();
    this.startSweeps();
    if (plain !== undefined) await this.listen(plain, true);
    this.isOpen = true;
    return bound;
  }

  private listen(address: BoundAddress, isPlainPort: boolean): Promise<BoundAddress> {
    // Half-open, so that a client that ends after its last request still gets the answers.
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.accept(socket, isPlainPort));
    this.servers.push(server);
    return new Promise((resolve, reject) => {
      server.once('error', (error) => reject(explain(error, address)));
      server.listen(address.port, address.host, () => {
        server.removeAllListeners('error');
        server.on('error', (error) => this.host.reportInternalError(error));
        const bound = server.address() as AddressInfo;
        resolve({ host: bound.address, port: bound.port });
      });
    });
  }

  close(graceMs: number = GRACE_MS): Promise<void> {
    this.closing ??= this.closeOnce(graceMs);
    return this.closing;
  }

  private async closeOnce(graceMs: number): Promise<void> {
    this.host.isClosing = true;
    for (const sweep of this.sweeps) sweep.stop();
    // Not awaited: the server would also wait for the links that others took over.
    for (const server of this.servers) if (server.listening) server.close();
    for (const socket of this.strangers) socket.destroy();
    for (const connection of this.connections.values()) connection.endSoon();
    const timer = setTimeout(() => this.cutAll(), graceMs);
    await this.whenEmpty();
    clearTimeout(timer);
  }

  private whenEmpty(): Promise<void> {
    return new Promise((resolve) => {
      this.onEmpty = resolve;
      this.checkEmpty();
    });
  }

  private checkEmpty(): void {
    if (this.connections.size === 0) this.onEmpty?.();
  }

  private cutAll(): void {
    for (const connection of this.connections.values()) connection.cut();
  }

  private accept(socket: Socket, isPlainPort: boolean): void {
    // The node is made once both ports are there.
    if (!this.isOpen) return void socket.destroy();
    this.host.counters.connections++;
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    const held = this.sessions.size + this.strangers.size;
    if (held >= this.host.clientsMax + OTHERS_MAX) {
      socket.on('error', () => {});
      this.refuse(socket);
      return;
    }
    this.meet(socket, isPlainPort, held >= this.host.clientsMax);
  }

  /** Until it is known what a connection is; with TLS, it is met again by the socket that takes its place. */
  private meet(socket: Socket, isPlainPort: boolean, isCrowded: boolean): void {
    // What went wrong with one client's socket is that client's affair; 'close' follows and tidies up.
    const ignore = () => {};
    socket.on('error', ignore);
    const late = this.patienceWith(socket, isCrowded);
    const forget = () => {
      clearTimeout(late);
      this.strangers.delete(socket);
      this.checkCrowd();
    };
    this.strangers.add(socket);
    socket.once('close', forget);
    const settle = () => {
      forget();
      socket.off('close', forget);
    };
    const greeting: Greeting = {
      onLink: (_socket, rest, seal) => {
        settle();
        socket.off('error', ignore);
        this.handOver(socket, rest, seal);
      },
      onClient: (_socket, first, seal) => {
        settle();
        this.welcome(socket, first, seal);
      },
      onSecured: (secured) => {
        settle();
        if (secured !== null) this.meet(secured, isPlainPort, isCrowded);
      },
    };
    greet(socket, this.guard, greeting, isPlainPort);
  }

  /** Where there are few places, or everybody has to say who it is, nobody may say nothing for long. */
  private patienceWith(socket: Socket, isCrowded: boolean): NodeJS.Timeout | undefined {
    if (isCrowded) return setTimeout(() => this.refuse(socket), OTHERS_SAY_MS);
    const { access, limits } = this.host;
    if (access.anonymous !== null) return undefined;
    return setTimeout(() => {
      this.exceeded('authentication-time', remoteOf(socket));
      socket.destroy();
    }, limits['authentication-time']);
  }

  private handOver(socket: Socket, rest: Buffer, seal: Seal): void {
    const { linkHandler } = this.options;
    if (linkHandler === undefined || this.host.isClosing) {
      socket.destroy();
      return;
    }
    if (!this.links.take(socket)) {
      this.exceeded('links', remoteOf(socket));
      this.host.counters.rejected++;
      socket.on('error', () => {}).destroy();
      return;
    }
    socket.allowHalfOpen = false;
    linkHandler(socket, rest, seal);
  }

  private welcome(socket: Socket, first: Buffer, seal: Seal): void {
    const isOperator = seal.secret !== 'nothing';
    const mayCrowd = isOperator || isAdmin(first);
    if (this.sessions.size >= this.host.clientsMax + (mayCrowd ? OTHERS_MAX : 0)) {
      this.refuse(socket);
      return;
    }
    if (!isOperator && this.isClosedTo(socket)) return sendOff(socket, Buffer.from(DENIED));
    const limit = this.places.limitFor(remoteOf(socket), this.host.access.anonymous === null);
    if (limit !== null && !mayCrowd) {
      this.exceeded(limit, remoteOf(socket));
      this.turnAway(socket, TOO_MANY[limit]!);
      return;
    }
    const id = this.nextId++;
    const session = newSession(
      id,
      remoteOf(socket),
      localOf(socket),
      this.host.keyspace.nowMs(),
      this.host.access.anonymous,
    );
    if (seal.secret !== 'nothing') becomes(session, SECRET_HOLDER);
    const connection = new Connection(socket, this.host, session, () => {
      this.sessions.delete(id);
      this.connections.delete(id);
      this.halves.delete(connection);
      this.places.leave(session);
      this.checkEmpty();
      this.checkCrowd();
    });
    session.identityChanged = () => {
      connection.limitRequests();
      this.places.note(session);
    };
    this.places.take(session);
    this.sessions.set(id, session);
    this.connections.set(id, connection);
    if (first.length > 0) connection.receive(first, first.length);
  }

  /** As Redis' protected mode: as long as there is no user, nobody on another machine could say who they are. */
  private isClosedTo({ remoteAddress = '' }: Socket): boolean {
    const { options, host } = this;
    return options.isProtected === true && host.access.users().length === 0 && !LOOPBACK.test(remoteAddress);
  }

  private checkCrowd(): void {
    if (!this.isCrowded || this.sessions.size + this.strangers.size > ROOMY * this.host.clientsMax) return;
    this.isCrowded = false;
    this.options.onCrowd?.(false);
  }

  private refuse(socket: Socket): void {
    this.isCrowded = true;
    this.options.onCrowd?.(true);
    this.exceeded('clients', remoteOf(socket));
    this.turnAway(socket, TOO_MANY.clients!);
  }

  private turnAway(socket: Socket, text: string): void {
    this.host.counters.rejected++;
    socket.write(`-ERR ${text}\r\n`);
    socket.destroySoon();
  }

  /** Counted, and told in the log now and then. */
  private exceeded(limit: LimitName, who: string): void {
    const met = this.met.get(limit) ?? { count: 0, toldMs: Number.NEGATIVE_INFINITY };
    met.count++;
    this.met.set(limit, met);
    if (performance.now() - met.toldMs < TELL_MS) return;
    met.toldMs = performance.now();
    const times = met.count === 1 ? '' : ` (${met.count} times by now)`;
    (this.options.onWarning ?? warn)(`limit ${limit} was met by ${harmless(who)}${times}: ${LIMITS[limit].words}`);
  }

  private startSweeps(): void {
    const { limits } = this.host;
    this.sweeps = [
      new Sweep(limits['request-time'], () => this.lookForHalves()),
      new Sweep(limits['authentication-time'], () => this.lookForUnproven()),
    ];
  }

  /** Whoever stopped in the middle of a request, and sent no byte of it at several looks. */
  private lookForHalves(): void {
    const before = this.halves;
    this.halves = new Map();
    for (const connection of this.connections.values()) {
      if (!connection.isHalf) continue;
      const { chunks } = connection;
      const known = before.get(connection);
      const looks = known?.chunks === chunks ? known.looks + 1 : 0;
      if (looks < LOOKS) this.halves.set(connection, { chunks, looks });
      else {
        this.exceeded('request-time', connection.title);
        connection.endWith('ERR the rest of a request did not come in time (request-time)');
      }
    }
  }

  private lookForUnproven(): void {
    for (const session of this.places.overdue(LOOKS)) {
      this.exceeded('authentication-time', session.address);
      session.connection.endWith('NOAUTH Authentication did not come in time (authentication-time)');
    }
  }
}

const LOOPBACK = /^(::ffff:)?127\.|^::1$/;
const DENIED =
  '-DENIED this node takes clients of other machines once there is a user (mneme user add), or with --trust-network\r\n';

/** As `mneme` asks: the first request of its connection, or the one behind an AUTH. */
function isAdmin(first: Buffer): boolean {
  return ADMINS.test(first.toString('latin1', 0, 2048));
}

const ADMINS =
  /^(\*3\r\n\$4\r\nAUTH\r\n\$\d{1,3}\r\n[^\r]{0,100}\r\n\$\d{1,4}\r\n[^\r]{0,1024}\r\n)?\*\d\r\n\$5\r\nMNEME\r\n/i;

const TOO_MANY: Readonly<Partial<Record<LimitName, string>>> = {
  clients: 'max number of clients reached',
  'clients-per-address': 'max number of clients of this address reached (clients-per-address)',
  unauthenticated: 'max number of clients that have not authenticated reached (unauthenticated)',
};
/** A limit that is met again and again is a line in the log so often. */
const TELL_MS = 10_000;

function createHost(
  options: ListenerOptions,
  sessions: ReadonlyMap<number, Session>,
  connections: ReadonlyMap<number, Connection>,
  exceeded: (limit: LimitName, who: string) => void,
) {
  const limits: Limits = { ...USUAL_LIMITS, ...options.limits };
  const { value: bulkBytesMax, request: requestBytesMax, arguments: argumentsMax } = limits;
  const writer = new ReplyWriter(REPLY_BYTES_MAX);
  const subscriptions = new Subscriptions(limits.patterns, exceeded);
  return {
    commands: COMMANDS,
    keyspace: options.keyspace,
    access: options.access ?? OPEN_ACCESS,
    adminHandler: options.adminHandler,
    sessions,
    port: options.port,
    startedMs: 0,
    isClosing: false,
    limits,
    exceeded,
    clientsMax: limits.clients,
    bulkBytesMax,
    requestBytesMax,
    deliveries: new Deliveries(),
    subscriptions,
    keyEvents: new KeyEvents(options.keyspace, subscriptions),
    scripts: new Scripts(limits['script-time'], (who) => exceeded('script-time', who)),
    publish: (publication: Publication) => {
      subscriptions.published++;
      options.onPublication?.(publication);
      return subscriptions.publish(publication);
    },
    requestLimits: { ...DEFAULT_REQUEST_LIMITS, bulkBytesMax, requestBytesMax, argumentsMax },
    outputLimits: { bytesMax: limits.output, stallMs: limits['output-time'] },
    writer,
    exclusive: new Exclusive(),
    clientMemory: new ClientMemory(limits['client-memory'], () => connections.values(), options.onWarning ?? warn),
    round: new Round(options.keyspace, writer),
    activity: new Activity(),
    counters: { connections: 0, rejected: 0, commands: 0 },
    reportInternalError: options.onInternalError ?? warn,
    scriptLog: (level: number, text: string, { name, address }: Session) => {
      // As Redis with its usual loglevel, notice.
      if (level < SCRIPT_NOTICE) return;
      const who = name === '' ? address : `${address} (${name})`;
      options.onScriptLog?.(level === SCRIPT_NOTICE ? 'info' : 'warn', harmless(`a script of ${who}: ${text}`));
    },
    reportAct: (text: string, { name, address, identity }: Session) => {
      const asker = { name: harmless(name === '' ? 'a client' : name), address, identity: identity ?? ANYBODY };
      options.onAct?.(harmless(`${text}, ${askerText(asker)}`), asker);
    },
  };
}

const SCRIPT_NOTICE = 2;

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}

function explain(error: NodeJS.ErrnoException, { host, port }: BoundAddress): OperatorError {
  const address = `${host}:${port}`;
  if (error.code === 'EADDRINUSE') {
    return new OperatorError(
      'port-in-use',
      `Another process listens on ${address}`,
      advice(`ss -ltnp sport = :${port}`, 'Or take another with --listen HOST:PORT.'),
      { cause: error },
    );
  }
  const message = `Cannot listen on ${address}: ${systemReason(error)}`;
  const hint = 'Name an address of this machine with --listen HOST:PORT; what others reach it at goes to --advertise.';
  return new OperatorError('bad-setting', message, hint, { cause: error });
}

function remoteOf(socket: Socket): string {
  return addressText(socket.remoteAddress, socket.remotePort);
}

function localOf(socket: Socket): string {
  return addressText(socket.localAddress, socket.localPort);
}

/** As Redis writes it: an IPv6 address in brackets. */
function addressText(address = '?', port = 0): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
