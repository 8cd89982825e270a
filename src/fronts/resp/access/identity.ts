import type { Bytes } from '../../../core/model/bytes.js';
import type { Role } from '../../../core/model/role.js';

/** Who a client is, and what it may do. It never changes: a user that changes is another identity. */
export interface Identity {
  /** Of the user; "default" where nobody has to say who it is. */
  readonly name: string;
  readonly role: Role;
  /** It may touch keys alone that begin so; null: any key. */
  readonly prefix: Bytes | null;
}

/** Whoever connects to a node that asks nobody who it is. */
export const ANYBODY: Identity = { name: 'default', role: 'admin', prefix: null };

/** Whether GET and SET of every key are allowed, so that nothing has to be looked at. */
export function mayGetAndSet(identity: Identity | null): boolean {
  return identity !== null && identity.prefix === null && identity.role !== 'read';
}

/** Whether a key that lies in some bytes is one that the identity may touch. */
export function ownsKey({ prefix }: Identity, bytes: Bytes, start = 0, end: number = bytes.length): boolean {
  if (prefix === null) return true;
  if (end - start < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (bytes[start + i] !== prefix[i]) return false;
  return true;
}
