import type { Grouped } from '../../admin/protocol/api.js';
import type { Page } from '../page.js';
import { type Column, table } from './table.js';
import { plural, printable } from './text.js';

/** Sums by how the keys begin, with a row for the rest and one for all. `cells`: what stands in the columns after the first. */
export function groupTable<S>(
  { groups, other, total }: Grouped<S>,
  columns: readonly Column[],
  cells: (sums: S) => string[],
  page: Page,
): string {
  const rows = groups.map((group) => [groupText(group), ...cells(group)]);
  if (other !== null) rows.push([`(${plural(other.groups, 'other')})`, ...cells(other)]);
  if (rows.length > 1) rows.push(['(total)', ...cells(total)]);
  return table([{ head: 'PREFIX', overflow: 'cut', min: 10 }, ...columns], rows, page);
}

/** The beginning that the keys of a group have in common. */
function groupText({ prefixBase64, database }: { prefixBase64: string; database: number }): string {
  const bytes = Buffer.from(prefixBase64, 'base64');
  const text = bytes.length === 0 ? '(no prefix)' : printable(bytes, true);
  return database === 0 ? text : `${text} (db ${database})`;
}
