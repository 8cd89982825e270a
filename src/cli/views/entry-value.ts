import { humanDuration } from '../../operations/common/durations.js';
import { humanBytes } from '../../operations/common/sizes.js';
import type { EntryDeleteResult } from '../../operations/entry/delete.js';
import type { EntryValue } from '../../operations/entry/get.js';
import type { CollectionParts } from '../../operations/entry/parts.js';
import type { EntrySetResult } from '../../operations/entry/set.js';
import type { View } from '../page.js';
import { collectionText } from './entry-version.js';
import { paletteOf } from './palette.js';
import { table } from './table.js';
import { inSentence, plural, printable, printableKey } from './text.js';

export const entrySetView: View<EntrySetResult> = ({ keyBase64, valueBytes, ttlMs }) => {
  const stays = ttlMs === null ? '' : `, expires in ${humanDuration(ttlMs)}`;
  return `set ${inSentence(printableKey(keyBase64))} (${humanBytes(valueBytes)}${stays})`;
};

export const entryDeleteView: View<EntryDeleteResult> = ({ keys, deleted }) => {
  const missing = keys - deleted;
  return `deleted ${plural(deleted, 'key')}${missing > 0 ? `; ${missing} did not exist` : ''}`;
};

/** The value itself: bytes, since a pipe wants them as they are. None if there is no such key. */
export function entryValueBytes({ valueBase64 }: EntryValue, base64: boolean): Buffer | null {
  if (valueBase64 === null) return null;
  return base64 ? Buffer.from(valueBase64, 'latin1') : Buffer.from(valueBase64, 'base64');
}

/** The parts of a hash, a set or a sorted set, as far as they were read. */
export const entryPartsView: View<CollectionParts> = ({ type, parts, size }, page) => {
  const name = { head: type === 'hash' ? 'FIELD' : 'MEMBER', overflow: 'cut', min: 12 } as const;
  const value = { head: 'VALUE', overflow: 'cut', min: 12 } as const;
  const score = { head: 'SCORE', align: 'right' } as const;
  const columns = type === 'hash' ? [name, value] : type === 'zset' ? [name, score] : [name];
  const rows = parts.map((part) => [
    printableKey(part.name.toString('base64')),
    ...(part.value === undefined ? [] : [part.value.length === 0 ? '"" (empty)' : printable(part.value, false)]),
    ...(part.score === undefined ? [] : [part.score]),
  ]);
  const { dim } = paletteOf(page.color);
  const more = size - parts.length;
  const rest = more > 0 ? `, and ${more} more` : '';
  return `${table(columns, rows, page)}\n${dim(`${collectionText(type, size)}: ${parts.length} shown${rest}`)}`;
};

/** What there is to say beside a value: that there is none, or how long it stays. */
export const entryRemarkView: View<{ entry: EntryValue; nowMs: number }> = ({ entry, nowMs }) => {
  if (!entry.found) return `no such key: ${inSentence(printableKey(entry.keyBase64))} in database ${entry.database}`;
  return entry.expiryMs === null ? '' : `expires in ${humanDuration(entry.expiryMs - nowMs)}`;
};
