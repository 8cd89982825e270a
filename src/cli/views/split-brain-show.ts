import type { EntryFacts, SetAsideFacts } from '../../admin/protocol/api.js';
import { humanBytes } from '../../operations/common/sizes.js';
import { isUnfiltered, type RowsWanted } from '../../operations/split-brain/rows-wanted.js';
import type { IncidentDetails } from '../../operations/split-brain/show.js';
import type { Page, View } from '../page.js';
import { shellKey } from './entry-inspect.js';
import { valueText } from './entry-version.js';
import { incidentLines } from './incident-lines.js';
import { groupTable } from './key-group.js';
import { commandLine } from './next-step.js';
import { paletteOf } from './palette.js';
import { versionText } from './plan-rows.js';
import { rangeText } from './range.js';
import { type Cell, type Column, table } from './table.js';
import { grouped, paragraph, printableKey } from './text.js';
import { fullTime } from './time.js';

export interface ShownIncident extends IncidentDetails {
  rows: RowsWanted;
  wide: boolean;
  nowMs: number;
}

const COUNTS: Column[] = [
  { head: 'VALUES', align: 'right' },
  { head: 'BYTES', align: 'right' },
  { head: 'DELETES', align: 'right' },
  { head: 'WRITTEN SINCE', align: 'right' },
];

/** One split-brain, and what its resolution set aside: in numbers, then the values then and now. */
export const splitBrainShowView: View<ShownIncident> = (shown, page) => {
  const { incident, nowMs } = shown;
  const { good, bad } = paletteOf(page.color);
  const state =
    incident.resolvedMs === null
      ? bad(`  ${incident.state}`)
      : good(
          paragraph(`${incident.state} ${fullTime(incident.resolvedMs)} by ${strategyText(shown)}`, page.width, '  '),
        );
  return [...incidentLines(incident, nowMs, page), state, '', ...setAsideLines(shown, page)].join('\n');
};

function strategyText({ incident }: IncidentDetails): string {
  const by =
    incident.by === 'on-heal' ? ', as on-heal says' : incident.asked === null ? '' : `, asked by ${incident.asked}`;
  const of = incident.undoes === null ? '' : ` of ${incident.undoes.incident}`;
  return `${incident.strategy ?? '?'}${of}${incident.executor === null ? '' : ` on ${incident.executor}`}${by}`;
}

function setAsideLines(shown: ShownIncident, page: Page): string[] {
  const { incident, setAside, total, summary, rows } = shown;
  if (total === 0)
    return [isUnfiltered(rows) ? 'Nothing was set aside.' : 'Nothing of what was asked for was set aside.'];
  const { dim } = paletteOf(page.color);
  const range = rangeText({ offset: rows.offset ?? 0, shown: setAside.length, total }, 'values');
  const [first] = setAside;
  return [
    ...(summary === null ? [] : [groupTable(summary, COUNTS, countCells, page), '']),
    ...(first === undefined ? [] : [valueTable(shown, page)]),
    dim(paragraph(range, page.width)),
    ...(first === undefined ? [] : [commandLine('restore one: ', restoreOne(incident.id, first), page)]),
    commandLine('restore all: ', `mneme split-brain undo ${incident.id}`, page),
  ];
}

function countCells(sums: { values: number; bytes: number; deleted: number; writtenSince: number }): string[] {
  return [grouped(sums.values), humanBytes(sums.bytes), grouped(sums.deleted), grouped(sums.writtenSince)];
}

function valueTable({ setAside, wide, nowMs }: ShownIncident, page: Page): string {
  const overflow = wide ? 'wrap' : 'cut';
  const columns: Column[] = [
    { head: 'KEY', overflow, min: 12 },
    { head: 'WAS ON', overflow: 'wrap', min: 6 },
    { head: 'THEN', overflow, min: 14 },
    { head: 'NOW', overflow, min: 14 },
  ];
  const text = (entry: EntryFacts) => (wide ? versionText(entry, nowMs) : valueText(entry));
  const rows = setAside.map((record) => valueRow(record, text, page));
  return table(columns, rows, page, { style: wide ? 'grid' : 'list' });
}

function valueRow(record: SetAsideFacts, text: (entry: EntryFacts) => string, page: Page): Cell[] {
  const { keyBase64, database, island, overridden, now, writtenSince } = record;
  const key = printableKey(keyBase64);
  const { warn } = paletteOf(page.color);
  const current = now === null ? 'no such key' : text(now);
  return [
    database === 0 ? key : `${key} (db ${database})`,
    island,
    text(overridden),
    writtenSince ? { text: `since: ${current}`, paint: warn } : current,
  ];
}

function restoreOne(incident: string, { keyBase64, database }: SetAsideFacts): string {
  return `mneme split-brain undo ${incident} --key ${shellKey(keyBase64)}${database === 0 ? '' : ` --db ${database}`}`;
}
