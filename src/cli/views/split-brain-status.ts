import { adviceOf } from '../../core/advice.js';
import type { SplitBrainStatus } from '../../operations/split-brain-status.js';
import type { View } from '../page.js';
import { incidentLines } from './incident-lines.js';
import { nextStep } from './next-step.js';
import { paletteOf } from './palette.js';
import { paragraph } from './text.js';

export const splitBrainStatusView: View<SplitBrainStatus> = (status, page) => {
  const palette = paletteOf(page.color);
  const paint = status.healthy ? palette.good : palette.bad;
  const lines = [palette.strong(paint(paragraph(status.headline, page.width))), ...nextStep(adviceOf(status), page)];
  for (const incident of status.incidents) lines.push('', ...incidentLines(incident, status.nowMs, page));
  if (status.state === 'partition') {
    lines.push(
      '',
      paragraph('If both sides take writes meanwhile, that is a split-brain once they meet again.', page.width),
    );
    for (const { number, members } of status.islands) lines.push(`  island ${number}: ${members.join(', ')}`);
  }
  lines.push('', palette.dim(paragraph(onHealText(status.onHeal), page.width)));
  return lines.join('\n');
};

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
