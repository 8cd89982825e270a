import type { Publication } from '../../core/model/publication.js';
import type { Guard } from '../../links/guard.js';
import type { Access } from './access/access.js';
import type { AdminHandler, Asker } from './admin.js';
import type { LinkHandler } from './greeter.js';
import type { Keyspace } from './keyspace.js';
import type { Limits } from './limits.js';

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

export interface BoundAddress {
  readonly host: string;
  readonly port: number;
}
