import type { Bytes } from '../core/bytes.js';
import type { AdminHandler } from './admin.js';
import type { Protocol } from './codec/reply.js';
import type { CommandTable } from './commands/command-table.js';
import type { CommandDefinition } from './commands/definition.js';
import type { Keyspace } from './keyspace.js';

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
  database: number;
  protocol: Protocol;
  /** Commands since MULTI; null: no transaction. */
  transaction: Transaction | null;
  /** By database and key. */
  watched: Map<string, WatchedKey>;
  /** A command that may write was performed, and is not answered yet. */
  wrote: boolean;
  /** Close the connection once the replies so far are out. */
  ending: boolean;
}

export interface Transaction {
  readonly queue: { readonly command: CommandDefinition; readonly args: readonly Bytes[] }[];
  /** Bytes of all queued arguments: they are held like a request that is not complete, and bounded alike. */
  queuedBytes: number;
  /** A command was refused when it was to be queued, so EXEC must not run the rest. */
  failed: boolean;
}

export interface WatchedKey {
  readonly database: number;
  readonly key: Bytes;
  /** Item.version at WATCH, '' for a missing key. */
  readonly version: string;
}

/** What connection and server commands see of the listener. */
export interface Host {
  readonly commands: CommandTable;
  readonly keyspace: Keyspace;
  readonly adminHandler: AdminHandler | undefined;
  /** Clients by id, in order of connection. */
  readonly sessions: ReadonlyMap<number, Session>;
  readonly port: number;
  readonly startedMs: number;
  readonly clientsMax: number;
  readonly bulkBytesMax: number;
  readonly requestBytesMax: number;
  readonly counters: { connections: number; rejected: number; commands: number };
  /** A command failed by a fault of ours. */
  reportInternalError(error: unknown): void;
}

/** What a command handler works with. */
export interface Context {
  readonly keyspace: Keyspace;
  readonly session: Session;
  readonly host: Host;
  /** Inside EXEC: all of it must happen in this turn, so long commands may not work in slices. */
  atomic: boolean;
}

export const DATABASES = 16;

export function newSession(id: number, address: string, localAddress: string, nowMs: number): Session {
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
    database: 0,
    protocol: 2,
    transaction: null,
    watched: new Map(),
    wrote: false,
    ending: false,
  };
}
