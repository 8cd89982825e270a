import { humanDuration } from '../../operations/common/durations.js';
import { humanBytes } from '../../operations/common/sizes.js';
import type { EntryDeleteResult } from '../../operations/entry/delete.js';
import type { EntryValue } from '../../operations/entry/get.js';
import type { EntrySetResult } from '../../operations/entry/set.js';
import type { View } from '../page.js';
import { plural, printableKey } from './text.js';

export const entrySetView: View<EntrySetResult> = ({ keyBase64, valueBytes, ttlMs }) => {
  const stays = ttlMs === null ? '' : `, expires in ${humanDuration(ttlMs)}`;
  return `set ${printableKey(keyBase64)} (${humanBytes(valueBytes)}${stays})`;
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

/** What there is to say beside a value: that there is none, or how long it stays. */
export const entryRemarkView: View<{ entry: EntryValue; nowMs: number }> = ({ entry, nowMs }) => {
  if (!entry.found) return `no such key: ${printableKey(entry.keyBase64)} in database ${entry.database}`;
  return entry.expiryMs === null ? '' : `expires in ${humanDuration(entry.expiryMs - nowMs)}`;
};
