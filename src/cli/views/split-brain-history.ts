import type { IncidentView } from '../../admin/api.js';
import { advice } from '../../core/advice.js';
import { humanDuration } from '../../operations/durations.js';
import type { IncidentHistory } from '../../operations/split-brain-history.js';
import type { View } from '../page.js';
import { nextStep } from './next-step.js';
import { paletteOf } from './palette.js';
import { type Cell, type Column, table } from './table.js';
import { fullTime } from './time.js';

const COLUMNS: Column[] = [
  // To be copied: a prefix of it is the same for all incidents of a day.
  { head: 'ID', overflow: 'wrap', min: 20 },
  { head: 'SEPARATED', min: 19 },
  { head: 'FOR', align: 'right', optional: 2 },
  { head: 'ISLANDS', overflow: 'wrap', min: 8 },
  { head: 'STATE' },
  { head: 'BY', overflow: 'wrap', optional: 1 },
  { head: 'SET ASIDE', align: 'right' },
];

export const splitBrainHistoryView: View<IncidentHistory> = ({ incidents }, page) => {
  const { good, bad } = paletteOf(page.color);
  if (incidents.length === 0) {
    const next = advice('mneme cluster status', 'Rehearse one with mneme drill partition.');
    return ['There has been no split-brain so far.', ...nextStep(next, page)].join('\n');
  }
  const rows = incidents.map((incident) => incidentRow(incident, (text) => (isOpen(incident) ? bad : good)(text)));
  const next = advice('mneme split-brain show latest', 'Or with the id of another, of which a prefix will do.');
  return [table(COLUMNS, rows, page), ...nextStep(next, page)].join('\n');
};

function incidentRow(incident: IncidentView, paint: (text: string) => string): Cell[] {
  const { resolvedMs, separatedMs } = incident;
  return [
    incident.id,
    fullTime(separatedMs),
    resolvedMs === null ? '–' : humanDuration(resolvedMs - separatedMs),
    incident.islands.map((island) => island.members.join(' ')).join(' | '),
    { text: incident.state, paint },
    incident.strategy === null ? '–' : `${incident.strategy}${incident.by === 'on-heal' ? ' (on-heal)' : ''}`,
    String(incident.setAside),
  ];
}

function isOpen({ state }: IncidentView): boolean {
  return state === 'open' || state === 'resolving';
}
