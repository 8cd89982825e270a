import type { Bytes } from '../../../core/model/bytes.js';
import { ANYBODY, type Identity } from './identity.js';

/** Whom a node lets in. What commands an identity may give is decided in permission.ts. */
export interface Access {
  /** Who a client is that has not said who it is; null: it has to, before anything else. */
  readonly anonymous: Identity | null;
  /** Whether an identity is still what it was when its client proved it. */
  isValid(identity: Identity): boolean;
  /** The users that there are, in the order of their names. */
  users(): readonly Identity[];
  /**
   * Who this is; null: there is no such user, or its password is another one. Takes some time.
   * @param address of the client, "host:port"
   * @throws RespError where no password can be asked about now
   */
  authenticate(name: string, password: Bytes, address: string): Promise<Identity | null>;
}

/** There are no users. As in Redis, whose "default" user has no password then, any will do for it. */
export const OPEN_ACCESS: Access = {
  anonymous: ANYBODY,
  isValid: () => true,
  users: () => [],
  authenticate: async (name) => (name === ANYBODY.name ? ANYBODY : null),
};
