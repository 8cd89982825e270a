import type { SetAsideFacts } from '../../admin/api.js';
import type { IncidentDetails } from '../../operations/split-brain-show.js';
import type { Page, View } from '../page.js';
import { shellKey } from './entry-inspect.js';
import { valueText } from './entry-version.js';
import { incidentLines } from './incident-lines.js';
import { commandLine } from './next-step.js';
import { paletteOf } from './palette.js';
import { type Cell, type Column, table } from './table.js';
import { paragraph, printableKey } from './text.js';
import { fullTime, lifetime } from './time.js';

const COLUMNS: Column[] = [
  { head: 'KEY', overflow: 'cut', min: 10 },
  { head: 'DB', align: 'right', optional: 2 },
  { head: 'WAS ON', overflow: 'wrap' },
  { head: 'VALUE', overflow: 'cut', min: 12 },
  { head: 'WRITTEN', overflow: 'wrap', min: 11 },
  { head: 'BY', overflow: 'wrap', optional: 1 },
  { head: 'TTL', optional: 3 },
];

export const splitBrainShowView: View<IncidentDetails & { nowMs: number }> = (details, page) => {
  const { incident, nowMs } = details;
  const { good, bad } = paletteOf(page.color);
  const state =
    incident.resolvedMs === null
      ? bad(`  ${incident.state}`)
      : good(
          paragraph(`${incident.state} ${fullTime(incident.resolvedMs)} by ${strategyText(details)}`, page.width, '  '),
        );
  return [...incidentLines(incident, nowMs, page), state, '', ...setAsideLines(details, page)].join('\n');
};

function strategyText({ incident }: IncidentDetails): string {
  const by = incident.by === 'on-heal' ? ', as on-heal says' : '';
  return `${incident.strategy ?? '?'}${incident.executor === null ? '' : ` on ${incident.executor}`}${by}`;
}

function setAsideLines(
  { incident, setAside, truncated, nowMs }: IncidentDetails & { nowMs: number },
  page: Page,
): string[] {
  if (setAside.length === 0) return ['Nothing was set aside.'];
  const { dim } = paletteOf(page.color);
  const rows = setAside.map((record) => setAsideRow(record, nowMs));
  const [first] = setAside;
  return [
    table(COLUMNS, rows, page),
    ...(truncated ? [dim('there are more: raise --limit, or narrow with --prefix')] : []),
    commandLine('restore one: ', restoreOne(incident.id, first), page),
    commandLine('restore all: ', `mneme split-brain undo ${incident.id}`, page),
  ];
}

function restoreOne(incident: string, first: SetAsideFacts | undefined): string {
  const database = first === undefined || first.database === 0 ? '' : ` --db ${first.database}`;
  return `mneme split-brain undo ${incident} --key ${shellKey(first?.keyBase64 ?? '')}${database}`;
}

function setAsideRow({ keyBase64, database, island, overridden }: SetAsideFacts, nowMs: number): Cell[] {
  return [
    printableKey(keyBase64),
    String(database),
    island,
    valueText(overridden),
    fullTime(overridden.writtenMs),
    overridden.writer,
    overridden.tombstone ? '–' : lifetime(overridden.expiryMs, nowMs).replace(/^TTL /, ''),
  ];
}
