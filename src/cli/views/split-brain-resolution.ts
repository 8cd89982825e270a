import type { IncidentView } from '../../admin/api.js';
import type { View } from '../page.js';
import { paletteOf } from './palette.js';
import { paragraph, plural } from './text.js';

/** What a resolution did, and how to take it back. */
export const resolutionView: View<IncidentView> = (incident, { width, color }) => {
  const { good, bad, dim, strong, command } = paletteOf(color);
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
  if (incident.setAside > 0) {
    lines.push(`${dim('look:')} ${command(`mneme split-brain show ${incident.id}`)}`);
    lines.push(`${dim('undo:')} ${command(`mneme split-brain undo ${incident.id}`)}`);
  }
  return lines.join('\n');
};
