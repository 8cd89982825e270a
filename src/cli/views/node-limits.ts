import type { LimitsReply, LimitView } from '../../admin/protocol/api.js';
import { humanDuration } from '../../operations/common/durations.js';
import { humanBytes } from '../../operations/common/sizes.js';
import type { View } from '../page.js';
import { paletteOf } from './palette.js';
import { type Column, table } from './table.js';
import { grouped, paragraph } from './text.js';

const COLUMNS: Column[] = [
  { head: 'LIMIT', overflow: 'wrap' },
  { head: 'VALUE', align: 'right' },
  { head: 'IN USE', align: 'right' },
  { head: 'MET', align: 'right' },
  { head: 'OF', overflow: 'wrap', min: 20, optional: 1 },
];

export const nodeLimitsView: View<LimitsReply> = ({ name, limits, openFiles }, page) => {
  const { strong, dim, warn } = paletteOf(page.color);
  const rows = limits.map(({ name: limit, unit, value, inUse, met, words }) => [
    { text: limit, paint: strong },
    value === null ? 'none' : valueText(unit, value),
    inUse === null ? '–' : valueText(unit, inUse),
    met === 0 ? '0' : { text: grouped(met), paint: warn },
    { text: words, paint: dim },
  ]);
  const files = `open files: ${countText(openFiles.inUse)} of ${countText(openFiles.limit)}`;
  const caption = `limits of ${name}; MET: how often since its start; ${files}. Another value: mneme cluster start --limit NAME=VALUE`;
  return `${table(COLUMNS, rows, page)}\n${dim(paragraph(caption, page.width))}`;
};

export function valueText(unit: LimitView['unit'], value: number): string {
  if (unit === 'bytes') return humanBytes(value);
  return unit === 'time' ? humanDuration(value) : grouped(value);
}

export function countText(count: number | null): string {
  return count === null ? '–' : grouped(count);
}
