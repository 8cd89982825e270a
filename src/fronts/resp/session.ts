import type { Bytes } from '../../core/model/bytes.js';
import type { Publication } from '../../core/model/publication.js';
import type { Access } from './access/access.js';
import type { Identity } from './access/identity.js';
import type { Activity } from './activity.js';
import type { AdminHandler } from './admin.js';
import type { ClientMemory } from './client-memory.js';
import type { ArgumentList } from './codec/argument-list.js';
import type { Protocol } from './codec/reply.js';
import type { CommandTable } from './commands/command-table.js';
import type { CommandDefinition } from './commands/definition.js';
import type { Exclusive } from './exclusive.js';
import type { KeyEvents } from './key-events/key-events.js';
import type { Keyspace } from './keyspace.js';
import type { LimitName, Limits } from './limits.js';
import type { Listening } from './pubsub/listening.js';
import type { Subscriptions } from './pubsub/subscriptions.js';
import type { Scripts } from './scripting/scripts.js';
import { WatchedKeys } from './watched-keys.js';

/** What a connection of a client remembers between commands. */
export interface Session {
  readonly id: number;
  readonly address: string;
  readonly localAddress: string;
  readonly connectedMs: number;
  lastCommandMs: number;
  lastCommand: string;
  name: string;
  libraryName: string;
  libraryVersion: string;
  /** Who the client is; null: it has not said so, and must. Set by `becomes`. */
  identity: Identity | null;
  /** Told when it has said who it is, or has to again. */
  identityChanged: () => void;
  /** It has said so; otherwise it is whoever `access.anonymous` is. */
  isAuthenticated: boolean;
  database: number;
  protocol: Protocol;
  /** Commands since MULTI; null: no transaction. */
  transaction: Transaction | null;
  readonly watched: WatchedKeys;
  /** A command that may write was performed, and is not answered yet. */
  wrote: boolean;
  /** How far this node had written when this client had last written something; 0: it has not. See WAIT. */
  writtenUpto: number;
  /** CLIENT REPLY: 'skip-next': what comes after this command is not answered; 'skip': this one is not. */
  replies: 'on' | 'off' | 'skip-next' | 'skip';
  /** It is shown all commands (MONITOR). */
  isMonitor: boolean;
  /** The channels and patterns that it listens to; null: none. */
  listening: Listening | null;
  /** Ends the wait of a command that waits for others (WAIT); null: none does. */
  waiting: AbortController | null;
  /** What the client's connection can be asked for, and told to do. */
  connection: ConnectionHandle;
  /** Close the connection once the replies so far are out. */
  ending: boolean;
  /** What the client makes the node hold: requests and replies under way, queued commands, watched keys. */
  memoryBytes: number;
  /** CLIENT NO-EVICT ON: where clients hold too much memory, others are cut off. */
  isProtected: boolean;
  /** The connection is closed: nobody waits for a reply any more. */
  isGone: boolean;
}

export interface ConnectionHandle {
  /** Bytes that came and were not executed, and bytes of replies that were not taken. */
  readonly pendingBytes: { readonly input: number; readonly output: number };
  /** Show the client a line between replies. */
  push(line: Bytes): void;
  /** Show it a message of a channel, between replies, with all others of this turn. */
  tell(message: Bytes): void;
  /** Cut it at once. */
  cut(): void;
  /** Answer what was read, then end it. */
  endSoon(): void;
  /** Tell it why, and end it. */
  endWith(text: string): void;
}

export interface Transaction {
  readonly queue: { readonly command: CommandDefinition; readonly args: ArgumentList }[];
  /** What the queue holds: bounded like a request that is not complete. */
  queuedBytes: number;
  /** A command was refused when it was to be queued, so EXEC must not run the rest. */
  failed: boolean;
}

/** What connection and server commands see of the listener. */
export interface Host {
  readonly commands: CommandTable;
  readonly keyspace: Keyspace;
  readonly access: Access;
  readonly adminHandler: AdminHandler | undefined;
  /** Clients by id, in order of connection. */
  readonly sessions: ReadonlyMap<number, Session>;
  readonly port: number;
  readonly startedMs: number;
  readonly limits: Limits;
  readonly clientsMax: number;
  readonly bulkBytesMax: number;
  readonly requestBytesMax: number;
  readonly activity: Activity;
  readonly exclusive: Exclusive;
  readonly clientMemory: ClientMemory;
  readonly subscriptions: Subscriptions;
  readonly keyEvents: KeyEvents;
  readonly scripts: Scripts;
  readonly counters: { connections: number; rejected: number; commands: number };
  /** Hands a message to all who listen, here and at the members in reach. Returns how many do here. */
  publish(publication: Publication): number;
  /** A limit was met, by whom; it is counted, and told now and then. */
  exceeded(limit: LimitName, who: string): void;
  /** A command failed by a fault of ours. */
  reportInternalError(error: unknown): void;
  /** A script says something for the log of the node, at one of Redis' levels: 0 (debug) to 3 (warning). */
  scriptLog(level: number, text: string, session: Session): void;
  /** An operator had something done by a client. */
  reportAct(text: string, session: Session): void;
}

/** What a command handler works with. */
export interface Context {
  readonly keyspace: Keyspace;
  readonly session: Session;
  readonly host: Host;
  /** Inside EXEC, which runs alone if it takes long: what is atomic need not see to it, and nothing is waited for. */
  atomic: boolean;
  /** Says how many bytes the command that runs holds beside its request, until it has answered. */
  hold(bytes: number): void;
}

export const DATABASES = 16;

export function newSession(
  id: number,
  address: string,
  localAddress: string,
  nowMs: number,
  anonymous: Identity | null,
): Session {
  return {
    id,
    address,
    localAddress,
    connectedMs: nowMs,
    lastCommandMs: nowMs,
    lastCommand: '',
    name: '',
    libraryName: '',
    libraryVersion: '',
    identity: anonymous,
    identityChanged: () => {},
    isAuthenticated: false,
    database: 0,
    protocol: 2,
    transaction: null,
    watched: new WatchedKeys(),
    wrote: false,
    writtenUpto: 0,
    replies: 'on',
    isMonitor: false,
    listening: null,
    waiting: null,
    connection: NO_CONNECTION,
    ending: false,
    memoryBytes: 0,
    isProtected: false,
    isGone: false,
  };
}

/** In RESP2 a message cannot be told from a reply, so whoever listens may do little else. */
export function isConfined({ listening, protocol }: Session): boolean {
  return listening !== null && protocol === 2;
}

/** The client has proved who it is. */
export function becomes(session: Session, identity: Identity): void {
  session.identity = identity;
  session.isAuthenticated = true;
  session.identityChanged();
}

/** It is somebody who has not said who it is, again or for good. */
export function becomesAnonymous(session: Session, anonymous: Identity | null): void {
  session.identity = anonymous;
  session.isAuthenticated = false;
  session.identityChanged();
}

// ---

/** Until the connection stands. */
const NO_CONNECTION: ConnectionHandle = {
  pendingBytes: { input: 0, output: 0 },
  push: () => {},
  tell: () => {},
  cut: () => {},
  endSoon: () => {},
  endWith: () => {},
};
