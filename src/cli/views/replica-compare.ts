import type { EntryFacts } from '../../admin/protocol/api.js';
import type { ComparedKey, ReplicaComparison } from '../../operations/replica/compare.js';
import type { View } from '../page.js';
import { valueText } from './entry-version.js';
import { paletteOf } from './palette.js';
import { type Column, table } from './table.js';
import { keyLabel, paragraph, plural } from './text.js';
import { fullTime } from './time.js';

export const replicaCompareView: View<ReplicaComparison & { nowMs: number }> = (comparison, page) => {
  const { good, warn, dim } = paletteOf(page.color);
  const { first, second, counts, keys, truncated, nowMs } = comparison;
  if (comparison.same) return good(`Same: ${first} and ${second} hold the same entries`);
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const kinds = (Object.keys(counts) as ComparedKey['kind'][]).filter((kind) => counts[kind] > 0);
  const summary = kinds.map((kind) => `${counts[kind]} ${kindText(kind, first, second)}`).join(', ');
  const columns: Column[] = [
    { head: 'KEY', overflow: 'cut', min: 10 },
    { head: 'DB', align: 'right', optional: 1 },
    { head: 'DIFFERENCE', overflow: 'wrap', min: 10 },
    { head: `ON ${first}`, overflow: 'wrap', min: 12 },
    { head: `ON ${second}`, overflow: 'wrap', min: 12 },
  ];
  const rows = keys.map((key) => [
    keyLabel(key),
    databaseText(key.database),
    kindText(key.kind, first, second),
    sideText(key.first, nowMs),
    sideText(key.second, nowMs),
  ]);
  return [
    warn(paragraph(`Different: ${plural(total, 'key')} (${summary})`, page.width)),
    dim(paragraph('Writes under way count too; mneme replica verify tells them apart.', page.width)),
    '',
    table(columns, rows, page),
    ...(truncated ? [dim(`the first ${keys.length} of ${total}; more with --limit`)] : []),
  ].join('\n');
};

export function kindText(kind: ComparedKey['kind'], first: string, second: string): string {
  switch (kind) {
    case 'only-in-first':
      return `only on ${first}`;
    case 'only-in-second':
      return `only on ${second}`;
    case 'newer-in-first':
      return `newer on ${first}`;
    case 'newer-in-second':
      return `newer on ${second}`;
    case 'other-value':
      return 'same version, other value';
  }
}

/** Values that resolutions overrode live in a database that clients cannot select. */
export function databaseText(database: number): string {
  return database > 15 ? 'aside' : String(database);
}

function sideText(entry: EntryFacts | null, nowMs: number): string {
  return entry === null ? '–' : `${valueText(entry, nowMs)}\n${entry.writer} ${fullTime(entry.writtenMs)}`;
}
