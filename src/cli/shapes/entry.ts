import { aside, entry, incident, keyFields, keyOrPartFields, member, silentMembers } from './common.js';
import { bytes64, count, duration, flag, island, list, nullable, object, text, time, words } from './shape.js';

export const entryGet = object({
  ...keyFields,
  found: flag(),
  value: nullable(text(), 'null: it is not valid UTF-8, or there is none.'),
  valueBase64: nullable(bytes64()),
  expiryMs: nullable(time(), 'null: it does not expire.'),
  type: nullable(words(['string', 'hash', 'set', 'zset']), 'null: there is no such key.'),
  parts: nullable(
    list(
      object({
        name: nullable(text(), 'A field, or a member. null: it is not valid UTF-8.'),
        nameBase64: bytes64(),
        value: nullable(text(), 'Of a field. null: it is not valid UTF-8.'),
        valueBase64: nullable(bytes64(), 'null: it is no field.'),
        score: nullable(text(), 'Of a member of a sorted set, as Redis writes it.'),
      }),
    ),
    'The first of a hash, a set or a sorted set; null: it is none.',
  ),
  more: count('Parts that are not among these.'),
});

export const entrySet = object({ ...keyFields, valueBytes: count(), ttlMs: nullable(duration()) });

export const entryDelete = object({ database: count(), keys: count(), deleted: count('How many of them there were.') });

export const entryList = object({ node: member, database: count(), entries: list(entry), truncated: flag() });

export const inspectedParts = object({
  node: { ...member, description: 'Whose they are.' },
  type: words(
    ['string', 'hash', 'list', 'set', 'zset', 'stream', 'other'],
    'What readers find there; a number is a string.',
  ),
  size: nullable(count(), 'Its fields or members; null: it is a number, or a value.'),
  whole: nullable(
    entry,
    'Of a number what was set there, to which its counts add; null: it has counts alone, or is none.',
  ),
  newest: list(entry, 'Some of its parts, the newest first.'),
  lookedAt: count('Of so many parts.'),
  hidden: list(
    object({ type: words(['hash', 'set', 'zset']), parts: count() }),
    'Kinds that were made of the key at the same time, and that no reader finds.',
  ),
});

export const entryInspect = object({
  ...keyOrPartFields,
  state: words(['unknown', 'in-sync', 'incomplete', 'on-its-way', 'split-brain', 'different']),
  verdict: text(),
  next: nullable(text()),
  versions: list(
    object({
      node: member,
      island: nullable(island()),
      live: flag('A reader finds a value there now.'),
      stands: flag('The one that the last write lets stand.'),
      entry: nullable(entry),
    }),
  ),
  parts: nullable(inspectedParts, 'null: it has none, or it is about a part.'),
  unreachable: silentMembers,
  setAside: list(aside, 'What resolutions overrode, the newest first.'),
  incidents: list(incident, 'The incidents of those.'),
});

export const entryExport = object({
  node: member,
  exported: count(),
  leftOut: count('Entries that came whole from a Redis and are no strings.'),
  evicted: count('Entries whose values this replica has evicted.'),
  output: nullable(text()),
});

export const entryImport = object({
  lines: count(),
  imported: count(),
  expired: count(),
  bad: count(),
  badLines: list(object({ line: count(), message: text() }), 'The first of them.'),
});
