import type { LimitsReply, LimitView } from '../../admin/protocol/api.js';
import type { Page } from '../page.js';
import { countText, valueText } from './node-limits.js';
import type { Palette } from './palette.js';
import { type Column, table } from './table.js';
import { grouped, paragraph } from './text.js';

const COLUMNS: Column[] = [
  { head: 'LIMIT', overflow: 'wrap' },
  { head: 'VALUE', overflow: 'wrap' },
  { head: 'IN USE', overflow: 'wrap' },
  { head: 'MET', overflow: 'wrap' },
];

/** The limits of several members: what is the same at all of them once, else by member. */
export function memberLimitLines(replies: readonly LimitsReply[], page: Page, { dim }: Palette): string[] {
  const names = [...new Set(replies.flatMap(({ limits }) => limits.map(({ name }) => name)))];
  const rows = names.map((name) => {
    const of = replies.flatMap(({ name: node, limits }) => {
      const limit = limits.find((one) => one.name === name);
      return limit === undefined ? [] : [{ node, limit }];
    });
    const each = (text: (limit: LimitView) => string) => byMember(of.map((one) => [one.node, text(one.limit)]));
    return [
      name,
      each(({ unit, value }) => (value === null ? 'none' : valueText(unit, value))),
      each(({ unit, inUse }) => (inUse === null ? '–' : valueText(unit, inUse))),
      each(({ met }) => grouped(met)),
    ];
  });
  const files = byMember(
    replies.map(({ name, openFiles }) => [name, `${countText(openFiles.inUse)} of ${countText(openFiles.limit)}`]),
  );
  const caption = `MET: how often since the start of the node. Open files: ${files}. What each is of: mneme node limits`;
  return [table(COLUMNS, rows, page), dim(paragraph(caption, page.width))];
}

function byMember(texts: readonly (readonly [node: string, text: string])[]): string {
  const different = new Set(texts.map(([, text]) => text));
  if (different.size < 2) return texts[0]?.[1] ?? '–';
  return texts.map(([node, text]) => `${node} ${text}`).join(', ');
}
