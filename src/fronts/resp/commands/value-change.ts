import type { Bytes } from '../../../core/model/bytes.js';
import type { Context } from '../session.js';
import { copyOf } from './arguments.js';

/** The value at a key, or none; a value of another type is refused. */
export function valueAt({ keyspace, session }: Context, key: Bytes): Bytes | undefined {
  return keyspace.get(session.database, key)?.value;
}

/** Writes a value that was made of the one that was there, so that its expiry stays. */
export function replaceValue({ keyspace, session }: Context, key: Bytes, value: Bytes): void {
  const expiryMs = keyspace.get(session.database, key)?.expiryMs ?? 0;
  keyspace.set(session.database, copyOf(key), value, expiryMs);
}

/** A copy of the old value, or of nothing, that is at least so long; new bytes are 0. */
export function grownCopy(old: Bytes | undefined, length: number): Bytes {
  const copy = new Uint8Array(Math.max(length, old?.length ?? 0));
  if (old !== undefined) copy.set(old);
  return copy;
}
