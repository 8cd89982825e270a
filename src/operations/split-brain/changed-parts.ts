import type { EntryFacts } from '../../admin/protocol/api.js';

/**
 * The beginning of a text of the parts that an island has changed of a hash, a set or a sorted set, as a plan tells it; null: it is no such version, or
 * the value as it came whole from a Redis. A dump begins with the number of its encoding, and those are few.
 */
export function changedParts({ type, tombstone, evicted, previewBase64 }: EntryFacts): Uint8Array | null {
  if (type === undefined || tombstone || evicted === true || previewBase64 === null) return null;
  const bytes = Uint8Array.from(atob(previewBase64), (character) => character.charCodeAt(0));
  return bytes.length > 0 && bytes[0]! >= FIRST_OF_TEXT ? bytes : null;
}

// ---

const FIRST_OF_TEXT = 0x20;
