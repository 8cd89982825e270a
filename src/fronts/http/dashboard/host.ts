import type { Access } from '../../resp/access/access.js';
import type { Identity } from '../../resp/access/identity.js';
import type { Asker } from '../../resp/admin.js';

/** Somebody at a browser. */
export interface Visitor {
  readonly asker: Asker;
  /** What they signed in with: other members are asked with it. null: nobody has to sign in. */
  readonly password: string | null;
}

/** What the dashboard shows, and whom it lets in. */
export interface DashboardHost {
  /** Of the node. */
  readonly name: string;
  /** Where a command finds the node; null: where commands ask anyway. */
  readonly address: string | null;
  /** Host names, beside numeric addresses, that the node is reached by. */
  readonly hostNames: readonly string[];
  /** As whom somebody is let in who has not signed in; null: they have to. */
  readonly anonymous: Identity | null;
  readonly access: Pick<Access, 'authenticate' | 'isValid'>;
  /** Who could sign in, in words. */
  readonly whoMay: string;
  /** How the cluster is now, as JSON text. Asks all members. Rejects with an OperatorError. */
  look(visitor: Visitor): Promise<string>;
  /** How far the members lagged in the last hour, as JSON text. */
  history(): string;
  /** Answers a question of the page. Rejects with an OperatorError. */
  ask(question: string, request: Readonly<Record<string, unknown>>, visitor: Visitor): Promise<object>;
}
