import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { OperatorError } from '../../core/model/errors.js';
import { harmless } from '../../core/model/names.js';
import { systemReason } from '../../core/model/system-errors.js';
import { advice } from '../../hints/advice.js';
import { Activity } from './activity.js';
import type { AdminHandler } from './admin.js';
import { ClientMemory } from './client-memory.js';
import { REPLY_BYTES_MAX } from './codec/reply-buffer.js';
import { ReplyWriter } from './codec/reply-writer.js';
import { DEFAULT_REQUEST_LIMITS } from './codec/request-parser.js';
import type { CommandRow } from './command-stats.js';
import { COMMANDS } from './commands/registry.js';
import { Connection, type ConnectionHost } from './connection.js';
import { Exclusive } from './exclusive.js';
import { greet, type LinkHandler } from './greeter.js';
import type { Keyspace } from './keyspace.js';
import { Round } from './round.js';
import { newSession, type Session } from './session.js';

export interface ListenerOptions {
  host: string;
  /** 0: any free port. */
  port: number;
  keyspace: Keyspace;
  /** Answers `MNEME VERB [JSON]`; without one, admin commands are refused. */
  adminHandler?: AdminHandler | undefined;
  /** Takes over links between nodes; without one, they are closed. */
  linkHandler?: LinkHandler | undefined;
  /** Clients at a time, default 10000 as in Redis. Links do not count, and there is a little room beyond for admin commands. */
  clientsMax?: number | undefined;
  /** Told of a client that was refused because there are so many, and once there is room again. */
  onCrowd?: ((isCrowded: boolean) => void) | undefined;
  /** Bytes of a key or a value, default 64 MiB. All members of a cluster should have the same. */
  bulkBytesMax?: number | undefined;
  /** A client that reads none of its replies is disconnected when more bytes than this are unsent (default 64 MiB)... */
  outputBytesMax?: number | undefined;
  /** ... and it took none of them for so long (default 10 s). */
  outputStallMs?: number | undefined;
  /** Bytes that all clients together may make the node hold, default 1 GiB; 0: no limit. */
  clientBytesMax?: number | undefined;
  /** Something that an operator should know: for the log. Default: a process warning. */
  onWarning?: ((message: string) => void) | undefined;
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
}

/** What clients did since the start; their commands: since the latest CONFIG RESETSTAT. */
export interface Traffic {
  readonly clients: number;
  readonly clientsMax: number;
  /** Accepted, links between nodes included. */
  readonly connections: number;
  /** There were too many. */
  readonly refused: number;
  readonly commands: readonly (readonly [name: string, row: Readonly<CommandRow>])[];
  /** Error replies, by the word that they begin with. */
  readonly errors: readonly (readonly [code: string, count: number])[];
}

/** One port for Redis clients, admin commands and links between nodes. */
export function createListener(options: ListenerOptions): Listener {
  return new RespListener(options);
}

// ---

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const OUTPUT_STALL_MS = 10_000;
const CLIENTS_MAX = 10_000;
const CLIENT_BYTES_MAX = 1024 * 1024 * 1024;
const GRACE_MS = 5_000;
const KEEP_ALIVE_MS = 300_000;
/** Connections beyond the clients' places: links on their way in, and operators, who have to see what is wrong. */
const OTHERS_MAX = 32;
/** There, a connection has so long to say that it is one of them. */
const OTHERS_SAY_MS = 1_000;
/** There is room again at this share of the clients' places. */
const ROOMY = 0.9;

class RespListener implements Listener {
  private readonly server: Server;
  private readonly host: ConnectionHost & { port: number; startedMs: number; isClosing: boolean };
  private readonly sessions = new Map<number, Session>();
  private readonly connections = new Map<number, Connection>();
  private readonly strangers = new Set<Socket>();
  private isCrowded = false;
  private nextId = 1;
  private onEmpty: (() => void) | undefined;
  private closing: Promise<void> | undefined;

  constructor(private readonly options: ListenerOptions) {
    this.host = createHost(options, this.sessions, this.connections);
    // Half-open, so that a client that ends after its last request still gets the answers.
    this.server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.accept(socket));
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

  traffic(): Traffic {
    const { counters, activity, clientsMax } = this.host;
    const { commands, errors } = activity.stats;
    const { connections, rejected } = counters;
    return { clients: this.clients, clientsMax, connections, refused: rejected, commands, errors };
  }

  start(): Promise<BoundAddress> {
    return new Promise((resolve, reject) => {
      this.server.once('error', (error) => reject(explain(error, this.options)));
      this.server.listen(this.options.port, this.options.host, () => {
        this.server.removeAllListeners('error');
        this.server.on('error', (error) => this.host.reportInternalError(error));
        const bound = this.server.address() as AddressInfo;
        this.host.port = bound.port;
        this.host.startedMs = Date.now();
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
    // Not awaited: the server would also wait for the links that others took over.
    if (this.server.listening) this.server.close();
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

  private accept(socket: Socket): void {
    this.host.counters.connections++;
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    // What went wrong with one client's socket is that client's affair; 'close' follows and tidies up.
    const ignore = () => {};
    socket.on('error', ignore);
    const held = this.sessions.size + this.strangers.size;
    if (held >= this.host.clientsMax + OTHERS_MAX) {
      this.refuse(socket);
      return;
    }
    const late = held < this.host.clientsMax ? undefined : setTimeout(() => this.refuse(socket), OTHERS_SAY_MS);
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
    greet(
      socket,
      (_socket, rest) => {
        settle();
        socket.off('error', ignore);
        this.handOver(socket, rest);
      },
      (first) => {
        settle();
        this.welcome(socket, first);
      },
    );
  }

  private handOver(socket: Socket, rest: Buffer): void {
    const { linkHandler } = this.options;
    if (linkHandler === undefined || this.host.isClosing) {
      socket.destroy();
      return;
    }
    socket.allowHalfOpen = false;
    linkHandler(socket, rest);
  }

  private welcome(socket: Socket, first: Buffer): void {
    if (this.sessions.size >= this.host.clientsMax + (isAdmin(first) ? OTHERS_MAX : 0)) {
      this.refuse(socket);
      return;
    }
    const id = this.nextId++;
    const session = newSession(id, remoteOf(socket), localOf(socket), this.host.keyspace.nowMs());
    const connection = new Connection(socket, this.host, session, () => {
      this.sessions.delete(id);
      this.connections.delete(id);
      this.checkEmpty();
      this.checkCrowd();
    });
    this.sessions.set(id, session);
    this.connections.set(id, connection);
    connection.receive(first, first.length);
  }

  private checkCrowd(): void {
    if (!this.isCrowded || this.sessions.size + this.strangers.size > ROOMY * this.host.clientsMax) return;
    this.isCrowded = false;
    this.options.onCrowd?.(false);
  }

  private refuse(socket: Socket): void {
    this.host.counters.rejected++;
    this.isCrowded = true;
    this.options.onCrowd?.(true);
    socket.write('-ERR max number of clients reached\r\n');
    socket.destroySoon();
  }
}

/** As `mneme` asks: the first request of its connection. */
function isAdmin(first: Buffer): boolean {
  return /^\*\d\r\n\$5\r\nMNEME\r\n/i.test(first.toString('latin1', 0, 32));
}

function createHost(
  options: ListenerOptions,
  sessions: ReadonlyMap<number, Session>,
  connections: ReadonlyMap<number, Connection>,
) {
  const bulkBytesMax = options.bulkBytesMax ?? DEFAULT_REQUEST_LIMITS.bulkBytesMax;
  const requestBytesMax = Math.max(DEFAULT_REQUEST_LIMITS.requestBytesMax, 2 * bulkBytesMax);
  const writer = new ReplyWriter(REPLY_BYTES_MAX);
  return {
    commands: COMMANDS,
    keyspace: options.keyspace,
    adminHandler: options.adminHandler,
    sessions,
    port: options.port,
    startedMs: 0,
    isClosing: false,
    clientsMax: options.clientsMax ?? CLIENTS_MAX,
    bulkBytesMax,
    requestBytesMax,
    requestLimits: { ...DEFAULT_REQUEST_LIMITS, bulkBytesMax, requestBytesMax },
    outputLimits: {
      bytesMax: options.outputBytesMax ?? OUTPUT_BYTES_MAX,
      stallMs: options.outputStallMs ?? OUTPUT_STALL_MS,
    },
    writer,
    exclusive: new Exclusive(),
    clientMemory: new ClientMemory(
      options.clientBytesMax ?? CLIENT_BYTES_MAX,
      () => connections.values(),
      options.onWarning ?? warn,
    ),
    round: new Round(options.keyspace, writer),
    activity: new Activity(),
    counters: { connections: 0, rejected: 0, commands: 0 },
    reportInternalError: options.onInternalError ?? warn,
  };
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : new Error(String(error)));
}

function explain(error: NodeJS.ErrnoException, { host, port }: ListenerOptions): OperatorError {
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
