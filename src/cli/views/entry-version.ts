import type { EntryFacts } from '../../admin/protocol/api.js';
import { humanBytes } from '../../operations/common/sizes.js';
import { plural, printable } from './text.js';

/** The value of an entry as far as it is known here: its beginning, or that it is a delete, or was evicted. */
export function valueText(
  entry: Pick<EntryFacts, 'tombstone' | 'evicted' | 'type' | 'parts' | 'part' | 'previewBase64' | 'valueBytes'>,
): string {
  if (entry.evicted === true) return 'evicted';
  if (entry.parts !== undefined) return collectionText(entry.type, entry.parts);
  if (entry.part?.kind === 'member' && !entry.tombstone) return 'member';
  if (entry.tombstone || entry.previewBase64 === null)
    return entry.tombstone ? 'deleted' : humanBytes(entry.valueBytes);
  const bytes = Buffer.from(entry.previewBase64, 'base64');
  if (entry.type !== undefined && isDump(bytes)) return `${entry.type} (${humanBytes(entry.valueBytes)} dumped)`;
  const cut = bytes.length < entry.valueBytes;
  const text = printable(bytes, cut);
  if (text === '') return '"" (empty)';
  return cut ? `${text}… (${humanBytes(entry.valueBytes)})` : text;
}

/** That nothing is there: no key, or not that part of it. */
export function absentText({ part }: Pick<EntryFacts, 'part'>): string {
  return `no such ${part === undefined ? 'key' : part.kind === 'score' ? 'member' : part.kind}`;
}

/** A dump begins with the number of its encoding. What was changed of a key with parts is told as a text, which begins with a name. */
function isDump(bytes: Buffer): boolean {
  return bytes.length > 0 && bytes[0]! < 0x20;
}

/** What a key with parts is, and how many it has. */
export function collectionText(type: EntryFacts['type'], parts: number): string {
  const name = type === 'zset' ? 'sorted set' : (type ?? '');
  return `${name} of ${type === 'hash' ? plural(parts, 'field') : plural(parts, 'member')}`;
}
