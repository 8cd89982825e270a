import type { LimitsReply, LimitView } from '../../admin/protocol/api.js';
import { humanDuration } from '../../operations/common/durations.js';
import { humanBytes } from '../../operations/common/sizes.js';
import { type Listing, listTable } from '../lists/listing.js';
import type { View } from '../page.js';
import { paletteOf } from './palette.js';
import { grouped, paragraph } from './text.js';

export const nodeLimitsView: View<LimitsReply> = ({ name, limits, openFiles }, page) => {
  const { dim } = paletteOf(page.color);
  const files = `open files: ${countText(openFiles.inUse)} of ${countText(openFiles.limit)}`;
  const caption = `limits of ${name}; MET: how often since its start; ${files}. Another value: mneme cluster start --limit NAME=VALUE`;
  return `${listTable(limitListing, limits, page)}\n${dim(paragraph(caption, page.width))}`;
};

export const limitListing: Listing<LimitsReply, LimitView> = {
  columns: [
    {
      head: 'LIMIT',
      overflow: 'wrap',
      by: ({ name }) => name,
      cell: ({ name }, { strong }) => ({ text: name, paint: strong }),
    },
    {
      head: 'VALUE',
      align: 'right',
      by: ({ value }) => value,
      cell: ({ unit, value }) => (value === null ? 'none' : valueText(unit, value)),
    },
    {
      head: 'IN USE',
      align: 'right',
      by: ({ inUse }) => inUse,
      cell: ({ unit, inUse }) => (inUse === null ? '–' : valueText(unit, inUse)),
    },
    {
      head: 'MET',
      align: 'right',
      by: ({ met }) => met,
      cell: ({ met }, { warn }) => (met === 0 ? '0' : { text: grouped(met), paint: warn }),
    },
    {
      head: 'OF',
      overflow: 'wrap',
      min: 20,
      optional: 1,
      by: ({ words }) => words,
      cell: ({ words }, { dim }) => ({ text: words, paint: dim }),
    },
    { head: 'UNIT', wide: true, by: ({ unit }) => unit },
  ],
  rows: ({ limits }) => limits,
  with: (reply, limits) => ({ ...reply, limits: [...limits] }),
  name: ({ name }) => name,
  view: nodeLimitsView,
};

export function valueText(unit: LimitView['unit'], value: number): string {
  if (unit === 'bytes') return humanBytes(value);
  return unit === 'time' ? humanDuration(value) : grouped(value);
}

export function countText(count: number | null): string {
  return count === null ? '–' : grouped(count);
}
