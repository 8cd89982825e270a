import type { Bytes } from '../../../core/model/bytes.js';
import type { Entry } from '../../../core/model/entry.js';
import { hlcToMs } from '../../../core/model/hlc.js';
import { isPartKey, PART, partKindOf, wholeKeyOf } from '../../../core/model/parts.js';
import type { Steps } from '../../../core/model/steps.js';
import { replicaOf } from '../../../core/model/version.js';
import { CollectionView } from '../../../core/replication/collection-view.js';
import { currentAt } from '../../../core/resolution/live-parts.js';
import { type CollectionItem, EntryItem, itemAt } from '../../../node/items.js';
import type { Node } from '../../../node/node.js';
import type { EntryFacts } from '../../protocol/api.js';
import { entryFacts, keyName } from '../../protocol/facts.js';

/** What there is at a key, or of a part. */
export type Found = Entry | EntryFacts;

/**
 * What a reader finds at a key now, a hash, a set, a sorted set or a sum of counts as such; else its tombstone. Of a part that part; of a count
 * that is no more the number that readers find. undefined: nothing.
 */
export function foundAt(node: Node, key: Bytes): Found | undefined {
  const { store } = node.core.status.data;
  if (!isPartKey(key)) return seenAt(node, key) ?? store.get(key);
  const part = currentAt(store, key, node.core.nowMs);
  return part === undefined && partKindOf(key) === PART.count ? seenAt(node, wholeKeyOf(key)) : part;
}

export function* foundFacts(node: Node, found: Found | undefined): Steps<EntryFacts | null> {
  if (found === undefined) return null;
  return 'keyBase64' in found ? found : yield* entryFacts(found, node.core.status.records);
}

/** What there is to say of a hash, a set or a sorted set: its version is that of the newest of its parts. */
export function collectionFacts(node: Node, key: Bytes, item: CollectionItem, view: CollectionView): EntryFacts {
  const { hlc, origin } = view.newest;
  const { records } = node.core.status;
  return {
    ...keyName(key),
    ...{ type: item.type, tombstone: false, hlc, writtenMs: hlcToMs(hlc), origin },
    ...{ writer: records.nameOf(replicaOf(origin)), seq: 0, expiryMs: item.expiryMs, parts: view.size },
    ...{ valueBytes: 0, valueHash: 0, previewBase64: null },
  };
}

// ---

function seenAt(node: Node, key: Bytes): Found | undefined {
  const item = itemAt(node, key);
  if (item instanceof EntryItem) return item.entry;
  return item?.view instanceof CollectionView ? collectionFacts(node, key, item, item.view) : undefined;
}
