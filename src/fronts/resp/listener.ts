import { createServer, type Server, type Socket } from 'node:net';
import { harmless } from '../../core/model/names.js';
import type { Publication } from '../../core/model/publication.js';
import { Guard, sendOff } from '../../links/guard.js';
import type { Seal } from '../../links/trust.js';
import { SECRET_HOLDER } from './access/with-secret.js';
import { Connection } from './connection.js';
import { type Greeting, greet } from './greeter.js';
import { HalfRequests } from './half-requests.js';
import type { LimitName } from './limits.js';
import { LinkPlaces } from './link-places.js';
import { createHost, type ListenerHost, warn } from './listener-host.js';
import type { BoundAddress, ListenerOptions } from './listener-options.js';
import { MetLimits } from './met-limits.js';
import { openPort } from './open-port.js';
import { Places } from './places.js';
import { type LimitsInUse, type Pulse, pulseOf, type Traffic, trafficOf } from './port-reports.js';
import { becomes, becomesAnonymous, newSession, type Session } from './session.js';
import { localOf, remoteOf } from './socket-address.js';
import { LOOKS, Sweep } from './sweep.js';

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
  private readonly host: ListenerHost;
  private readonly sessions = new Map<number, Session>();
  private readonly connections = new Map<number, Connection>();
  private readonly strangers = new Set<Socket>();
  private readonly places: Places;
  private readonly links: LinkPlaces;
  private readonly met: MetLimits;
  private readonly halves = new HalfRequests();
  private sweeps: Sweep[] = [];
  private isCrowded = false;
  private isOpen = false;
  private nextId = 1;
  private onEmpty: (() => void) | undefined;
  private closing: Promise<void> | undefined;

  constructor(private readonly options: ListenerOptions) {
    this.met = new MetLimits(options.onWarning ?? warn);
    this.host = createHost(options, this.sessions, this.connections, (limit, who) => this.met.note(limit, who));
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
    return { limits: { ...limits, 'client-memory': clientMemory.bytesMax }, inUse, met: this.met.counts };
  }

  traffic(): Traffic {
    return trafficOf(this.host);
  }

  pulse(): Pulse {
    return pulseOf(this.host);
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
    return openPort(server, address, (error) => this.host.reportInternalError(error));
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
      this.met.note('authentication-time', remoteOf(socket));
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
      this.met.note('links', remoteOf(socket));
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
      this.met.note(limit, remoteOf(socket));
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
      this.halves.forget(connection);
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
    this.met.note('clients', remoteOf(socket));
    this.turnAway(socket, TOO_MANY.clients!);
  }

  private turnAway(socket: Socket, text: string): void {
    this.host.counters.rejected++;
    socket.write(`-ERR ${text}\r\n`);
    socket.destroySoon();
  }

  private startSweeps(): void {
    const { limits } = this.host;
    this.sweeps = [
      new Sweep(limits['request-time'], () => this.lookForHalves()),
      new Sweep(limits['authentication-time'], () => this.lookForUnproven()),
    ];
  }

  private lookForHalves(): void {
    for (const connection of this.halves.look(this.connections.values())) {
      this.met.note('request-time', connection.title);
      connection.endWith('ERR the rest of a request did not come in time (request-time)');
    }
  }

  private lookForUnproven(): void {
    for (const session of this.places.overdue(LOOKS)) {
      this.met.note('authentication-time', session.address);
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
