import type { EntryFacts, SetAsideFacts } from '../../admin/protocol/api.js';
import { shellKey } from '../../operations/common/key-text.js';
import { humanBytes } from '../../operations/common/sizes.js';
import { isUnfiltered, type RowsWanted } from '../../operations/split-brain/rows-wanted.js';
import type { IncidentDetails } from '../../operations/split-brain/show.js';
import { type Listing, listTable } from '../lists/listing.js';
import type { Page, View } from '../page.js';
import { nowText, valueTexts } from './entry-version.js';
import { incidentLines } from './incident-lines.js';
import { groupTable } from './key-group.js';
import { commandLine } from './next-step.js';
import { paletteOf } from './palette.js';
import { versionText } from './plan-rows.js';
import { rangeText } from './range.js';
import { type Cell, type Column, table } from './table.js';
import { grouped, keyLabel, paragraph } from './text.js';
import { fullTime } from './time.js';

export interface ShownIncident extends IncidentDetails {
  rows: RowsWanted;
  wide: boolean;
  nowMs: number;
}

interface Row extends SetAsideFacts {
  /** When it is shown; absent: it is only sorted. */
  readonly nowMs?: number;
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

export const setAsideListing: Listing<ShownIncident, Row> = {
  columns: [
    {
      head: 'KEY',
      overflow: 'cut',
      min: 12,
      by: orderOf,
      cell: keyText,
    },
    { head: 'WAS ON', overflow: 'wrap', min: 6, by: ({ island }) => island },
    { head: 'THEN', overflow: 'cut', min: 14, by: (record) => textsOf(record)[0] },
    {
      head: 'NOW',
      overflow: 'cut',
      min: 14,
      by: (record) => textsOf(record)[1],
      cell: (record, { warn }) => {
        const [, text] = textsOf(record);
        return record.writtenSince ? { text, paint: warn } : text;
      },
    },
    { head: 'BYTES', wide: true, align: 'right', by: ({ overridden }) => overridden.valueBytes },
    {
      head: 'WRITTEN',
      wide: true,
      by: ({ overridden }) => overridden.writtenMs,
      cell: ({ overridden }) => fullTime(overridden.writtenMs),
    },
    { head: 'BY', wide: true, by: ({ overridden }) => overridden.writer },
    {
      head: 'KEPT UNTIL',
      wide: true,
      by: ({ keptUntilMs }) => keptUntilMs,
      cell: ({ keptUntilMs }) => fullTime(keptUntilMs),
    },
  ],
  rows: rowsOf,
  with: (shown, rows) => ({ ...shown, setAside: rows.map(({ nowMs: _now, ...record }) => record) }),
  name: keyLabel,
  view: splitBrainShowView,
};

// ---

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
    ...(first === undefined
      ? []
      : [shown.wide ? valueGrid(shown, page) : listTable(setAsideListing, rowsOf(shown), page)]),
    dim(paragraph(range, page.width)),
    ...(first === undefined ? [] : [commandLine('restore one: ', restoreOne(incident.id, first), page)]),
    commandLine('restore all: ', `mneme split-brain undo ${incident.id}`, page),
  ];
}

function countCells(sums: { values: number; bytes: number; deleted: number; writtenSince: number }): string[] {
  return [grouped(sums.values), humanBytes(sums.bytes), grouped(sums.deleted), grouped(sums.writtenSince)];
}

/** What -o wide has in columns, --wide has in cells of several lines. */
function valueGrid({ setAside, nowMs }: ShownIncident, page: Page): string {
  const columns: Column[] = [
    { head: 'KEY', overflow: 'wrap', min: 12 },
    { head: 'WAS ON', overflow: 'wrap', min: 6 },
    { head: 'THEN', overflow: 'wrap', min: 14 },
    { head: 'NOW', overflow: 'wrap', min: 14 },
  ];
  const text = (entry: EntryFacts) => versionText(entry, nowMs);
  const { warn } = paletteOf(page.color);
  const rows = setAside.map((record): Cell[] => [
    keyText(record),
    record.island,
    text(record.overridden),
    record.writtenSince ? { text: nowIn(record, text), paint: warn } : nowIn(record, text),
  ]);
  return table(columns, rows, page, { style: 'grid' });
}

function keyText(aside: SetAsideFacts): string {
  return aside.database === 0 ? keyLabel(aside) : `${keyLabel(aside)} (db ${aside.database})`;
}

function orderOf({ keyBase64, part }: SetAsideFacts): string {
  const texts = [keyBase64, part?.nameBase64 ?? ''].map((base64) => Buffer.from(base64, 'base64').toString('latin1'));
  return texts.join('\0');
}

function rowsOf({ setAside, nowMs }: ShownIncident): Row[] {
  return setAside.map((record) => ({ ...record, nowMs }));
}

/** What was then, and what is now. */
function textsOf(record: Row): readonly [then: string, now: string] {
  const [then, now] = valueTexts([record.overridden, record.now], record.nowMs ?? 0);
  return [then ?? '', nowIn(record, () => now ?? '')];
}

function nowIn(aside: SetAsideFacts, text: (entry: EntryFacts) => string): string {
  const current = nowText(aside.now, aside, text);
  return aside.writtenSince ? `since: ${current}` : current;
}

function restoreOne(incident: string, { keyBase64, database }: SetAsideFacts): string {
  return `mneme split-brain undo ${incident} --key ${shellKey(keyBase64)}${database === 0 ? '' : ` --db ${database}`}`;
}
