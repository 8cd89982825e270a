import type { Bytes } from '../../core/model/bytes.js';
import type { Entry } from '../../core/model/entry.js';
import { PART, partKey } from '../../core/model/parts.js';
import type { Overrides } from '../../core/resolution/overrides.js';
import { type Collection, partValueOf } from './collection-dump.js';
import { namesUnlike } from './three-way.js';

/** What Redis has of a collection, and the node otherwise, is overridden element by element. `standing`: what stands in the place of one. */
export function setAsideElements(
  overrides: Overrides,
  key: Bytes,
  read: Collection,
  own: Collection,
  standing: (place: Bytes) => Entry | undefined,
): void {
  for (const name of namesUnlike(read.elements, own.elements)) {
    const value = read.elements.get(name);
    const place = partKey(PART[read.shape], key, Buffer.from(name, 'latin1'));
    const bytes = value === undefined ? null : partValueOf(read.shape, value);
    setAsidePart(overrides, place, bytes, standing(place) ?? null);
  }
}

/** The value of a part as it is in Redis; null: it was taken away there. */
export function setAsidePart(overrides: Overrides, key: Bytes, value: Bytes | null, standing: Entry | null): void {
  overrides.setAside({ key, value, expiryMs: 0, type: undefined }, 'store', standing);
}

/** What the cluster has of a key is overridden by a write of its whole. `parts`: those that it had, if it had any. */
export function setAsideWhole(overrides: Overrides, before: Entry, parts: readonly Entry[], by: Entry): void {
  if (parts.length === 0) return overrides.setAside(before, 'cluster', by);
  for (const part of parts) overrides.setAside(part, 'cluster', null);
  overrides.setAside({ key: before.key, value: null, expiryMs: 0, type: undefined }, 'cluster', by);
}
