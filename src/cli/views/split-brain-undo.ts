import type { UndoReply } from '../../admin/api.js';
import type { Undo } from '../../operations/split-brain-undo.js';
import type { View } from '../page.js';
import { commandLine } from './next-step.js';
import { paletteOf } from './palette.js';
import { type Column, table } from './table.js';
import { paragraph, plural, printableKey } from './text.js';

const COLUMNS: Column[] = [
  { head: 'KEY', overflow: 'cut', min: 10 },
  { head: 'DB', align: 'right', optional: 1 },
  { head: 'ACTION' },
  { head: 'WHY', overflow: 'wrap', min: 16 },
];

/** What an undo would do. */
export const undoPlanView: View<UndoReply> = (plan, page) => {
  const { strong, dim, bad, good } = paletteOf(page.color);
  const paints = { restore: good, delete: bad, skip: dim };
  const skipped = plan.skipped === 0 ? '' : `, ${plural(plan.skipped, 'key')} left alone (written again since)`;
  const head = `Undo of ${plan.incident}: ${plural(plan.restored, 'key')} written anew${skipped}`;
  if (plan.sample.length === 0) return strong(paragraph(head, page.width));
  const rows = plan.sample.map(({ keyBase64, database, action, reason }) => [
    printableKey(keyBase64),
    String(database),
    { text: action, paint: paints[action] },
    reason,
  ]);
  const more = plan.restored + plan.skipped - rows.length;
  return [
    strong(paragraph(head, page.width)),
    '',
    table(COLUMNS, rows, page),
    ...(more > 0 ? [dim(`… and ${more} more`)] : []),
  ].join('\n');
};

/** What an undo did. */
export const undoView: View<Undo> = (undo, page) => {
  const { good, warn } = paletteOf(page.color);
  if (undo.dryRun) return undoPlanView(undo, page);
  const skipped = undo.skipped === 0 ? '' : `, ${plural(undo.skipped, 'key')} left alone`;
  const lines = [
    good(paragraph(`Undone: ${plural(undo.restored, 'key')} of ${undo.incident} written anew${skipped}`, page.width)),
  ];
  if (undo.restored !== undo.shown) {
    const text = `${plural(undo.shown, 'key')} had been shown: others were written again, or expired, in between`;
    lines.push(warn(paragraph(text, page.width)));
  }
  if (undo.undoIncident !== null) {
    lines.push(commandLine('take this back: ', `mneme split-brain undo ${undo.undoIncident}`, page));
  }
  return lines.join('\n');
};
