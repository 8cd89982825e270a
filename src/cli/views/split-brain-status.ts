import { adviceOf } from '../../hints/advice.js';
import type { ApartChanges } from '../../operations/split-brain/island-changes.js';
import type { SplitBrainStatus } from '../../operations/split-brain/status.js';
import type { Page, View } from '../page.js';
import { incidentLines } from './incident-lines.js';
import { nextStep } from './next-step.js';
import { paletteOf } from './palette.js';
import { type Column, table } from './table.js';
import { grouped, paragraph, plural } from './text.js';
import { ago, shortTime } from './time.js';

export const splitBrainStatusView: View<SplitBrainStatus> = (status, page) => {
  const palette = paletteOf(page.color);
  const paint = status.healthy ? palette.good : palette.bad;
  const lines = [palette.strong(paint(paragraph(status.headline, page.width))), ...nextStep(adviceOf(status), page)];
  for (const incident of status.incidents) lines.push('', ...incidentLines(incident, status.nowMs, page));
  if (status.state === 'partition') {
    lines.push('', paragraph(meanwhileText(status), page.width));
    for (const { number, members } of status.islands) lines.push(`  island ${number}: ${members.join(', ')}`);
  }
  if (status.changes !== null) lines.push('', ...changesLines(status.changes, status, page));
  lines.push('', palette.dim(paragraph(onHealText(status.onHeal), page.width)));
  return lines.join('\n');
};

/** Where a majority is asked for, no two islands have one. */
function meanwhileText({ partitionMode }: SplitBrainStatus): string {
  return partitionMode === 'majority'
    ? 'partition-mode is majority: an island that sees no more than half of the members refuses writes.'
    : 'If both sides take writes meanwhile, that is a split-brain once they meet again.';
}

/** What each island did since the separation, and how much of it meets. */
function changesLines({ islands, both }: ApartChanges, { nowMs }: SplitBrainStatus, page: Page): string[] {
  const columns: Column[] = [
    { head: 'ISLAND', align: 'right' },
    { head: 'MEMBERS', overflow: 'wrap' },
    { head: 'KEYS CHANGED', align: 'right' },
    { head: 'LAST WRITE', overflow: 'wrap', min: 10 },
  ];
  const rows = islands.map(({ members, keys, isMore, lastWriteMs }, index) => [
    String(index + 1),
    members.join(', '),
    keys === null ? 'not known: its log was cut' : `${grouped(keys)}${isMore ? ' or more' : ''}`,
    lastWriteMs === null ? 'none' : `${shortTime(lastWriteMs, nowMs)}, ${ago(lastWriteMs, nowMs)}`,
  ]);
  const met =
    both === null
      ? 'how many of them both changed is not known here: mneme split-brain plan counts them'
      : `${plural(both, 'key')} changed on several islands`;
  return [table(columns, rows, page), paragraph(met, page.width)];
}

function onHealText(onHeal: string): string {
  switch (onHeal) {
    case 'manual':
      return 'on-heal is manual: a split-brain stays until an operator resolves it';
    case 'merge':
      return 'on-heal is merge: a split-brain is merged by last write wins as soon as it is found';
    case 'promote-oldest':
    case 'promote-largest':
      return `on-heal is ${onHeal}: that island is promoted as soon as a split-brain is found`;
    default:
      return `on-heal is ${onHeal}: a split-brain is merged by that as soon as it is found, unless it leaves conflicts to you`;
  }
}
