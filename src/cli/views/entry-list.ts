import type { EntryFacts } from '../../admin/protocol/api.js';
import type { EntryList } from '../../operations/entry/list.js';
import { type Listing, listTable } from '../lists/listing.js';
import type { View } from '../page.js';
import { valueText } from './entry-version.js';
import { nextStep } from './next-step.js';
import { paletteOf } from './palette.js';
import { paragraph, plural, printableKey } from './text.js';
import { lifetime, shortTime } from './time.js';

interface Shown extends EntryList {
  readonly nowMs: number;
  /** So many were left out before these. */
  readonly offset?: number;
}

/** An entry, and when it is looked at. */
interface Row extends EntryFacts {
  readonly nowMs: number;
}

export const entryListView: View<Shown> = (list, page) => {
  const { dim } = paletteOf(page.color);
  const { entries, database, node, truncated, offset = 0 } = list;
  if (entries.length === 0 && offset > 0)
    return paragraph(`No more such entries behind ${offset} in database ${database} on ${node}.`, page.width);
  if (entries.length === 0) {
    return [
      paragraph(`No such entries in database ${database} on ${node}.`, page.width),
      ...nextStep('look in another database with --db NUMBER, or write one with mneme entry set', page),
    ].join('\n');
  }
  const more = `${plural(entries.length, 'entry', 'entries')}${truncated ? ', and there are more' : ''}`;
  return `${listTable(entryListing, rowsOf(list), page)}\n${dim(paragraph(`${more} (database ${database} on ${node})`, page.width))}`;
};

export const entryListing: Listing<Shown, Row> = {
  columns: [
    {
      head: 'KEY',
      overflow: 'cut',
      min: 12,
      by: ({ keyBase64 }) => Buffer.from(keyBase64, 'base64').toString('latin1'),
      cell: ({ keyBase64 }) => printableKey(keyBase64),
    },
    {
      head: 'VALUE',
      overflow: 'cut',
      min: 12,
      by: (entry) => valueText(entry, entry.nowMs),
      cell: (entry, { dim }) => {
        const text = valueText(entry, entry.nowMs);
        return entry.tombstone || entry.evicted === true || entry.parts !== undefined ? { text, paint: dim } : text;
      },
    },
    {
      head: 'TTL',
      optional: 1,
      by: ({ expiryMs }) => (expiryMs === 0 ? null : expiryMs),
      cell: ({ tombstone, expiryMs, nowMs }) => (tombstone ? '–' : lifetime(expiryMs, nowMs).replace(/^TTL /, '')),
    },
    {
      head: 'WRITTEN',
      optional: 3,
      by: ({ writtenMs }) => writtenMs,
      cell: ({ writtenMs, nowMs }) => shortTime(writtenMs, nowMs),
    },
    { head: 'BY', overflow: 'cut', min: 4, optional: 2, by: ({ writer }) => writer },
    { head: 'BYTES', wide: true, align: 'right', by: ({ valueBytes }) => valueBytes },
    { head: 'TYPE', wide: true, by: ({ type = 'string' }) => type },
    { head: 'VERSION', wide: true, by: ({ hlc }) => hlc },
    { head: 'ORIGIN', wide: true, by: ({ origin }) => origin },
  ],
  rows: rowsOf,
  with: (list, rows) => ({ ...list, entries: rows.map(({ nowMs: _now, ...entry }) => entry) }),
  name: ({ keyBase64 }) => printableKey(keyBase64),
  view: entryListView,
};

function rowsOf({ entries, nowMs }: Shown): Row[] {
  return entries.map((entry) => ({ ...entry, nowMs }));
}
