import type { Bytes } from '../core/model/bytes.js';
import type { NodeCore } from '../core/node.js';

/** Returns whether a reader found the key; null: there is nothing to delete, and nothing was written. */
export function deleteKey(
  core: Pick<NodeCore, 'canDelete' | 'collections' | 'get' | 'write'>,
  key: Bytes,
): boolean | null {
  if (!core.canDelete(key)) return null;
  // What was evicted here was not there for a reader, but others still have it.
  const wasThere = core.get(key) !== undefined || core.collections.shapeOf(key) !== undefined;
  core.write(key, null, 0);
  return wasThere;
}
