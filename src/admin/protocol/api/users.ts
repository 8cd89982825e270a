import type { PasswordRecord } from '../../../core/membership/user-records.js';
import type { Role } from '../../../core/model/role.js';

/** A user of the cluster. */
export interface UserView {
  name: string;
  role: Role;
  /** Its keys begin so; null: it may touch any key. */
  prefixBase64: string | null;
  addedMs: number;
  /** When its password was changed last. */
  passwordMs: number;
}

/** MNEME USERS, and what USER replies. */
export interface UsersReply {
  users: UserView[];
  /** What becomes of clients that do not say who they are, once there is a user. */
  anonymousClients: 'refuse' | 'allow';
}

/** MNEME USER {...}: passwords are hashed by whoever asks, so that no node, and nobody on the way, sees them. */
export type UserRequest =
  | { action: 'add'; name: string; role: Role; prefixBase64?: string; password: PasswordRecord }
  | { action: 'password'; name: string; password: PasswordRecord }
  | { action: 'remove'; name: string };
