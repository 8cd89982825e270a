import type { EntryFacts } from '../../admin/protocol/api.js';
import type { EntryList } from '../../operations/entry/list.js';
import type { View } from '../page.js';
import { valueText } from './entry-version.js';
import { nextStep } from './next-step.js';
import { paletteOf } from './palette.js';
import { type Cell, type Column, table } from './table.js';
import { paragraph, plural, printableKey } from './text.js';
import { lifetime, shortTime } from './time.js';

const COLUMNS: Column[] = [
  { head: 'KEY', overflow: 'cut', min: 12 },
  { head: 'VALUE', overflow: 'cut', min: 12 },
  { head: 'TTL', optional: 1 },
  { head: 'WRITTEN', optional: 3 },
  { head: 'BY', overflow: 'cut', min: 4, optional: 2 },
];

export const entryListView: View<EntryList & { nowMs: number }> = (list, page) => {
  const { dim } = paletteOf(page.color);
  const { entries, database, node, truncated } = list;
  if (entries.length === 0) {
    return [
      paragraph(`No such entries in database ${database} on ${node}.`, page.width),
      ...nextStep('look in another database with --db NUMBER, or write one with mneme entry set', page),
    ].join('\n');
  }
  const rows = entries.map((entry) => listRow(entry, list.nowMs, dim));
  const more = truncated
    ? 'there are more: raise --limit, or narrow with --prefix'
    : `${plural(entries.length, 'entry', 'entries')}`;
  return `${table(COLUMNS, rows, page)}\n${dim(paragraph(`${more} (database ${database} on ${node})`, page.width))}`;
};

function listRow(entry: EntryFacts, nowMs: number, dim: (text: string) => string): Cell[] {
  const text = valueText(entry);
  return [
    printableKey(entry.keyBase64),
    entry.tombstone || entry.evicted === true ? { text, paint: dim } : text,
    entry.tombstone ? '–' : lifetime(entry.expiryMs, nowMs).replace(/^TTL /, ''),
    shortTime(entry.writtenMs, nowMs),
    entry.writer,
  ];
}
