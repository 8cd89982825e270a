import type { IncidentView } from '../../admin/protocol/api.js';
import { humanDuration } from '../../operations/common/durations.js';
import type { Page } from '../page.js';
import { paletteOf } from './palette.js';
import { paragraph, plural } from './text.js';
import { fullTime } from './time.js';

/** An open split-brain in a few lines: since when, who is where, how much was written, and what holds it up. */
export function incidentLines(incident: IncidentView, nowMs: number, page: Page): string[] {
  const { strong, bad, dim } = paletteOf(page.color);
  const age = humanDuration(Math.max(0, nowMs - incident.separatedMs));
  // An undo has an incident of its own, for what it overrides: nothing was separated.
  const isUndo = incident.strategy === 'undo';
  const what = isUndo ? 'undo' : 'incident';
  const head = `${what} ${incident.id}: ${isUndo ? 'done' : 'separated'} ${fullTime(incident.separatedMs)}, ${age} ago`;
  const lines = [strong(paragraph(head, page.width))];
  for (const [index, island] of isUndo ? [] : incident.islands.entries()) {
    const text = `island ${index + 1}: ${island.members.join(', ')} (${plural(island.writes, 'write')} at detection)`;
    lines.push(paragraph(text, page.width, '  '));
  }
  if (incident.state === 'resolving') lines.push(dim(paragraph(resolvingText(incident), page.width, '  ')));
  const { problem, state } = incident;
  const isOpen = state === 'open' || state === 'resolving';
  if (problem !== null) lines.push(bad(paragraph(isOpen ? `not resolved yet: ${problem}` : problem, page.width, '  ')));
  return lines;
}

function resolvingText({ strategy, executor }: IncidentView): string {
  return `being resolved by ${strategy ?? 'an operator'}${executor === null ? '' : ` on ${executor}`}`;
}
