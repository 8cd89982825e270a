import type { ExportResult } from '../../operations/entry/export.js';
import type { ImportResult } from '../../operations/entry/import.js';
import type { View } from '../page.js';
import { paletteOf } from './palette.js';
import { grouped, paragraph, plural } from './text.js';

const BAD_LINES_SHOWN = 10;

export const exportView: View<ExportResult & { output: string | null }> = (
  { exported, leftOut, evicted, node, output },
  { width },
) => {
  const where = output === null ? '' : ` to ${output}`;
  const others = leftOut === undefined ? '' : `; ${plural(leftOut, 'entry', 'entries')} of other types left out`;
  const missing = evicted === undefined ? '' : `; ${plural(evicted, 'key')} evicted there left out`;
  return paragraph(`exported ${plural(exported, 'entry', 'entries')} of ${node}${where}${others}${missing}`, width);
};

export const importView: View<ImportResult> = ({ lines, imported, expired, bad, badLines }, { width, color }) => {
  const { bad: red, good } = paletteOf(color);
  const counts = [`imported ${grouped(imported)} of ${plural(lines, 'entry', 'entries')}`];
  if (expired > 0) counts.push(`${grouped(expired)} had expired`);
  if (bad > 0) counts.push(plural(bad, 'bad line'));
  const summary = (bad === 0 ? good : red)(paragraph(counts.join(', '), width));
  const shown = badLines.slice(0, BAD_LINES_SHOWN);
  const more = bad - shown.length;
  return [
    summary,
    ...shown.map(({ line, message }) => paragraph(`line ${line}: ${message}`, width, '  ')),
    ...(more > 0 ? [`  … and ${grouped(more)} more bad lines`] : []),
  ].join('\n');
};
