import type { EntryFacts, UndoReply } from '../../admin/protocol/api.js';
import { humanBytes } from '../../operations/common/sizes.js';
import type { RowsWanted } from '../../operations/split-brain/rows-wanted.js';
import type { Undo } from '../../operations/split-brain/undo.js';
import type { Page, View } from '../page.js';
import { nowText, valueTexts } from './entry-version.js';
import { groupTable } from './key-group.js';
import { commandLine } from './next-step.js';
import { paletteOf } from './palette.js';
import { versionText } from './plan-rows.js';
import { rangeText } from './range.js';
import { type Column, table } from './table.js';
import { grouped, keyLabel, paragraph, plural } from './text.js';

export interface ShownUndo {
  plan: UndoReply;
  rows: RowsWanted;
  wide: boolean;
  nowMs: number;
}

const COUNTS: Column[] = [
  { head: 'VALUES', align: 'right' },
  { head: 'RESTORED', align: 'right' },
  { head: 'DELETED', align: 'right' },
  { head: 'LEFT ALONE', align: 'right' },
  { head: 'BYTES', align: 'right' },
];

/** What an undo would do: in numbers, then the keys with the value now and the one that takes its place. */
export const undoPlanView: View<ShownUndo> = ({ plan, rows, wide, nowMs }, page) => {
  const { strong, dim } = paletteOf(page.color);
  const head = strong(paragraph(`Undo of ${plan.incident}: ${undoCountsText(plan)}`, page.width));
  const total = plan.restored + plan.skipped;
  if (total === 0) return head;
  const offset = rows.offset ?? 0;
  return [
    head,
    '',
    groupTable(plan.summary, COUNTS, countCells, page),
    '',
    ...(plan.sample.length === 0 ? [] : [keyTable(plan, wide, nowMs, page)]),
    dim(paragraph(rangeText({ offset, shown: plan.sample.length, total }, 'values'), page.width)),
  ].join('\n');
};

/** What it comes to, where the question is asked. */
export function undoCountsText({ restored, skipped, summary }: UndoReply): string {
  const { bytes } = summary.total;
  const size = bytes === 0 ? '' : ` (${humanBytes(bytes)})`;
  return `${plural(restored, 'value')} written anew${size}${skipped === 0 ? '' : `, ${plural(skipped, 'value')} left alone`}`;
}

function countCells(sums: UndoReply['summary']['total']): string[] {
  return [...[sums.keys, sums.restored, sums.deleted, sums.skipped].map(grouped), humanBytes(sums.bytes)];
}

function keyTable({ sample }: UndoReply, wide: boolean, nowMs: number, page: Page): string {
  const { dim, bad, good } = paletteOf(page.color);
  const paints = { restore: good, delete: bad, skip: dim };
  const overflow = wide ? 'wrap' : 'cut';
  const columns: Column[] = [
    { head: 'KEY', overflow, min: 12 },
    { head: 'ACTION' },
    { head: 'NOW', overflow, min: 12 },
    { head: 'BECOMES', overflow, min: 12 },
    { head: 'WHY', overflow, min: 10, optional: 1 },
  ];
  const text = (entry: EntryFacts) => versionText(entry, nowMs);
  const rows = sample.map(({ action, reason, overridden, now, ...key }) => {
    const [then, current] = wide ? [text(overridden), now && text(now)] : valueTexts([overridden, now], nowMs);
    return [
      `${keyLabel(key)}${key.database === 0 ? '' : ` (db ${key.database})`}`,
      { text: action, paint: paints[action] },
      nowText(now, key, () => current ?? ''),
      action === 'skip' ? { text: 'as it is', paint: dim } : action === 'delete' ? 'deleted' : (then ?? ''),
      reason,
    ];
  });
  return table(columns, rows, page, { style: wide ? 'grid' : 'list' });
}

/** What an undo did. */
export const undoView: View<Undo & Omit<ShownUndo, 'plan'>> = (undo, page) => {
  const { good, warn } = paletteOf(page.color);
  if (undo.dryRun) return undoPlanView({ plan: undo, rows: undo.rows, wide: undo.wide, nowMs: undo.nowMs }, page);
  const lines = [good(paragraph(`Undone of ${undo.incident}: ${undoCountsText(undo)}`, page.width))];
  if (undo.restored !== undo.shown) {
    const text = `${plural(undo.shown, 'value')} had been shown: others were written again, or expired, in between`;
    lines.push(warn(paragraph(text, page.width)));
  }
  if (undo.undoIncident !== null) {
    lines.push(commandLine('take this back: ', `mneme split-brain undo ${undo.undoIncident}`, page));
  }
  return lines.join('\n');
};
