import type { KeyName } from '../../admin/protocol/api.js';
import { keyOf } from '../../admin/protocol/facts.js';
import { bytesToId } from '../../core/model/bytes.js';
import { compareIds } from '../../core/model/part-ids.js';
import { keyText } from '../common/key-text.js';

/** Which key, or which part of a key, something is about. */
export function nameOf({ keyBase64, database, part }: KeyName): KeyName {
  if (part === undefined) return { keyBase64, database };
  const { kind, nameBase64 } = part;
  return { keyBase64, database, part: { kind, nameBase64 } };
}

/** The same for the same key or part. */
export function idOf(name: KeyName): string {
  return bytesToId(keyOf(name));
}

/** The order of the rows of a plan: the parts of a key follow it. */
export function compareNames(a: KeyName, b: KeyName): number {
  return compareIds(idOf(a), idOf(b));
}

/** Counts and expiries have no name of their own. */
export function keyNameText({ keyBase64, database, part }: KeyName): string {
  const where = database === 0 ? '' : ` (db ${database})`;
  const key = keyText(Buffer.from(keyBase64, 'base64'));
  if (part === undefined) return `${key}${where}`;
  const isNamed = part.kind !== 'count' && part.kind !== 'expiry';
  return `${key} › ${isNamed ? keyText(Buffer.from(part.nameBase64, 'base64')) : part.kind}${where}`;
}
