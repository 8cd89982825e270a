import type { EntryFacts, PartFacts } from '../../admin/protocol/api.js';
import { humanBytes } from '../../operations/common/sizes.js';
import { changedParts } from '../../operations/split-brain/changed-parts.js';
import { plural, printable } from './text.js';
import { lifetime } from './time.js';

/** The value of an entry as far as it is known here: its beginning, or that it is a delete, or was evicted. */
export function valueText(
  entry: Pick<
    EntryFacts,
    'tombstone' | 'evicted' | 'ended' | 'type' | 'parts' | 'part' | 'previewBase64' | 'valueBytes'
  >,
  nowMs: number,
): string {
  if (entry.evicted === true) return 'evicted';
  if (entry.ended === true) return 'ended with its key';
  if (entry.parts !== undefined) return collectionText(entry.type, entry.parts);
  if (entry.part !== undefined && !entry.tombstone) {
    const text = partValueText(entry.part.kind, entry.previewBase64, nowMs);
    if (text !== null) return text;
  }
  if (entry.tombstone || entry.previewBase64 === null)
    return entry.tombstone ? 'deleted' : humanBytes(entry.valueBytes);
  const bytes = Buffer.from(entry.previewBase64, 'base64');
  if (entry.type !== undefined && isDump(bytes)) return `${entry.type} (${humanBytes(entry.valueBytes)} dumped)`;
  const cut = bytes.length < entry.valueBytes;
  const text = printable(bytes, cut);
  if (text === '') return '"" (empty)';
  return cut ? `${text}… (${humanBytes(entry.valueBytes)})` : text;
}

/**
 * What a part has whose value is no text of a client; null: it is one. A count says what a member has added, so that it is not taken for the
 * number; a time would not fit into a column, and a lifetime is what an operator asks for.
 */
function partValueText(kind: PartFacts['kind'], previewBase64: string | null, nowMs: number): string | null {
  if (kind === 'member') return 'member';
  if (kind === 'field') return null;
  if (previewBase64 === null) return UNREAD[kind];
  const text = Buffer.from(previewBase64, 'base64').toString();
  if (kind === 'count') return text.startsWith('-') ? `- ${text.slice(1)}` : `+ ${text}`;
  if (kind !== 'expiry') return null;
  const expiryMs = text === 'never' ? 0 : Date.parse(text);
  return Number.isNaN(expiryMs) ? null : lifetime(expiryMs, nowMs);
}

/** Of a part that only one island changed the value is not read. */
const UNREAD = { score: 'a score', count: 'counted', expiry: 'another TTL' } as const;

/** Versions beside each other: where only the expiry differs, that comes first, since the end of a text may be cut off. */
export function valueTexts(versions: readonly (EntryFacts | null)[], nowMs: number): (string | null)[] {
  const texts = versions.map((version) => (version === null ? null : valueText(version, nowMs)));
  const known = versions.filter((version) => version !== null && !version.tombstone && version.part === undefined);
  const areAlike = new Set(texts.filter((text) => text !== null)).size === 1;
  if (!areAlike || known.length < 2 || new Set(known.map((version) => version?.expiryMs)).size < 2) return texts;
  return versions.map((version, i) => (version === null ? null : `${lifetime(version.expiryMs, nowMs)}: ${texts[i]}`));
}

/** How long a version lives; empty where it does not, ends with its key, or that is not known of it. */
export function lifeText(entry: EntryFacts, nowMs: number): string {
  const isPartial = entry.expiryMs === 0 && changedParts(entry) !== null;
  return entry.tombstone || entry.part !== undefined || isPartial ? '' : lifetime(entry.expiryMs, nowMs);
}

/** What is now in the place of a part, or of a key. Of a count that is no more, it is the number. */
export function nowText(
  now: EntryFacts | null,
  name: Pick<EntryFacts, 'part'>,
  text: (now: EntryFacts) => string,
): string {
  if (now === null) return absentText(name);
  return name.part?.kind === 'count' && now.part === undefined && !now.tombstone
    ? text(now).replace(/$|(?=\n)/, ' in all')
    : text(now);
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
