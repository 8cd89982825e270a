import type { Bytes } from '../../../../core/model/bytes.js';
import { parseInteger } from '../../codec/integer.js';
import type { Collection, CollectionKind } from '../../collection.js';
import { kindOf } from '../collection-kind.js';
import { objectSubcommand } from './subcommand.js';

/** In Redis' words, which clients read: how Redis would keep such a value by its usual limits. Here all are kept alike. */
export const objectEncodingCommand = objectSubcommand('encoding', (item, parts) => {
  const kind = kindOf(item);
  if (kind !== undefined) return encodings[kind](parts());
  return item.dump === undefined ? encodingOf(item.value) : 'raw';
});

// ---

const INTEGER_BYTES_MAX = 20;
const EMBEDDED_BYTES_MAX = 44;

function encodingOf(value: Bytes): string {
  if (value.length <= INTEGER_BYTES_MAX && parseInteger(value) !== undefined) return 'int';
  return value.length <= EMBEDDED_BYTES_MAX ? 'embstr' : 'raw';
}

const PACKED_BYTES_MAX = 64;

const encodings: Record<CollectionKind, (collection: Collection) => string> = {
  hash: (hash) => (hash.size <= 512 && isEach(hash, isShort) ? 'listpack' : 'hashtable'),
  set: (set) => (set.size <= 512 && isEach(set, isInteger) ? 'intset' : 'hashtable'),
  zset: (zset) => (zset.size <= 128 && isEach(zset, isShort) ? 'listpack' : 'skiplist'),
};

function isEach(collection: Collection, isFit: (bytes: Bytes) => boolean): boolean {
  for (let place = 0; place < collection.size; place++) {
    const { name, value } = collection.at(place);
    if (!isFit(name) || (collection.kind === 'hash' && !isFit(value))) return false;
  }
  return true;
}

function isShort({ length }: Bytes): boolean {
  return length <= PACKED_BYTES_MAX;
}

function isInteger(name: Bytes): boolean {
  return name.length <= INTEGER_BYTES_MAX && parseInteger(name) !== undefined;
}
