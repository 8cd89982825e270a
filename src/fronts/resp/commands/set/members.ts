import type { Bytes } from '../../../../core/model/bytes.js';
import type { Collection } from '../../collection.js';
import type { Context } from '../../session.js';

/** The set at a key; undefined: there is none. Throws WRONGTYPE. It is good until something is written, or another turn begins. */
export function setAt({ keyspace, session }: Context, key: Bytes): Collection | undefined {
  return keyspace.collection(session.database, key, 'set');
}

/** Returns whether it was no member before. */
export function addMember(context: Context, key: Bytes, member: Bytes): boolean {
  if (setAt(context, key)?.get(member) !== undefined) return false;
  context.keyspace.putPart(context.session.database, key, 'set', member, NO_VALUE);
  return true;
}

// ---

/** Of each member. */
const NO_VALUE = new Uint8Array(0);
