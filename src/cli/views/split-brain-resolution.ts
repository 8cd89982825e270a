import type { IncidentView, PlanChangesView } from '../../admin/protocol/api.js';
import type { PicksOutcome } from '../../operations/split-brain/picks.js';
import type { View } from '../page.js';
import { commandLine } from './next-step.js';
import { paletteOf } from './palette.js';
import { picksView } from './picks.js';
import { changesLines } from './plan-changes.js';
import { absentLines } from './plan-summary.js';
import { paragraph, plural } from './text.js';

export interface ShownResolution {
  incident: IncidentView;
  changes: PlanChangesView | null;
  /** null: there were none. */
  picks: PicksOutcome | null;
  /** Members that took no part. */
  absent: readonly string[];
  nowMs: number;
}

/** What a resolution did, where that differs from what was shown, and how to take it back. */
export const resolutionView: View<ShownResolution> = ({ incident, changes, picks, absent, nowMs }, page) => {
  const { width, color } = page;
  const { good, bad, strong } = paletteOf(color);
  if (incident.problem !== null && incident.state !== 'resolved') {
    return bad(paragraph(`Not resolved yet: ${incident.problem} (retries go on)`, width));
  }
  const { counts } = incident;
  const lines = [strong(good(`Resolved by ${incident.strategy ?? 'an operator'}`))];
  if (counts !== null) {
    const carried = counts.onlyHere.reduce((sum, count) => sum + count, 0);
    lines.push(
      paragraph(
        `${plural(counts.conflicts, 'conflict')} decided, ${plural(carried, 'change')} of one island only`,
        width,
        '  ',
      ),
    );
  }
  lines.push(paragraph(`${plural(incident.setAside, 'value')} set aside`, width, '  '));
  if (picks !== null) lines.push(...picksView(picks, page).split('\n'));
  if (changes !== null) lines.push(...changesLines(changes, 'came', nowMs, page));
  lines.push(...absentLines(absent, page));
  if (incident.setAside > 0) {
    lines.push(commandLine('look: ', `mneme split-brain show ${incident.id}`, page));
    lines.push(commandLine('undo: ', `mneme split-brain undo ${incident.id}`, page));
  }
  return lines.join('\n');
};
