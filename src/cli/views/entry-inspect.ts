import type { EntryFacts, SetAsideFacts } from '../../admin/protocol/api.js';
import { shellKey } from '../../operations/common/key-text.js';
import type { EntryInspection, InspectedParts, InspectedVersion } from '../../operations/entry/inspect.js';
import type { Page, View } from '../page.js';
import { collectionText, valueText } from './entry-version.js';
import { commandLine, nextStep } from './next-step.js';
import { type Palette, paletteOf } from './palette.js';
import { silentLines } from './replica-list.js';
import { type Cell, type Column, table } from './table.js';
import { grouped, inSentence, keyLabel, paragraph, partLabel } from './text.js';
import { fullTime, lifetime, shortTime } from './time.js';

const COLUMNS: Column[] = [
  { head: 'ON', overflow: 'wrap' },
  { head: 'ISLAND', align: 'right', optional: 2 },
  { head: 'VALUE', overflow: 'cut', min: 12 },
  { head: 'WRITTEN', overflow: 'wrap', min: 12 },
  { head: 'BY', overflow: 'wrap' },
  { head: 'TTL', optional: 1 },
  { head: '' },
];
const [ISLAND, TTL] = [1, 5];

export const entryInspectView: View<EntryInspection & { nowMs: number }> = (inspection, page) => {
  const palette = paletteOf(page.color);
  const { verdict, state, versions, next } = inspection;
  const paint =
    state === 'in-sync' || state === 'unknown'
      ? palette.good
      : state === 'on-its-way' || state === 'incomplete'
        ? palette.warn
        : palette.bad;
  const title = `${inSentence(keyLabel(inspection))} in database ${inspection.database}`;
  const rows = versions.map((version) => versionRow(version, inspection, palette));
  const apart = versions.some((version) => version.island !== null);
  const isPart = inspection.part !== undefined;
  // A part ends with its key.
  const columns = COLUMNS.map((_, i) => i).filter((i) => (apart || i !== ISLAND) && !(isPart && i === TTL));
  return [
    palette.strong(paragraph(title, page.width)),
    paint(paragraph(verdict, page.width)),
    ...nextStep(next, page),
    '',
    table(
      columns.map((i) => COLUMNS[i]!),
      rows.map((row) => columns.map((i) => row[i]!)),
      page,
    ),
    ...silentLines(inspection.unreachable, page),
    ...(inspection.parts === null ? [] : partsLines(inspection.parts, inspection.nowMs, page)),
    ...pastLines(inspection, page),
  ].join('\n');
};

function versionRow(
  version: InspectedVersion,
  { nowMs, state, parts }: EntryInspection & { nowMs: number },
  { good, dim }: Palette,
): Cell[] {
  const { entry } = version;
  const island = version.island === null ? '–' : String(version.island);
  const isAlone = state === 'in-sync' || state === 'incomplete';
  if (entry === null) {
    const text = version.isEvicted ? 'evicted' : 'no entry';
    return [version.node, island, { text, paint: dim }, '–', '–', '–', ''];
  }
  return [
    version.node,
    island,
    valueText(entry, nowMs),
    ...writtenCells(entry, nowMs),
    entry.tombstone ? '–' : lifetime(entry.expiryMs, nowMs).replace(/^TTL /, ''),
    version.stands ? { text: parts === null || isAlone ? '← stands' : '← newest', paint: good } : '',
  ];
}

/** When and by whom, of the value and of the last change of its expiry alone. */
export function writtenCells({ writtenMs, writer, touch }: EntryFacts, nowMs: number): [when: string, who: string] {
  const [when, who] = [shortTime(writtenMs, nowMs), writer];
  return touch === undefined
    ? [when, who]
    : [`${when}\ntouched ${shortTime(touch.writtenMs, nowMs)}`, `${who}\n${touch.writer}`];
}

/** The newest parts, and what else was made of the key. */
function partsLines({ whole, newest, lookedAt, hidden, node }: InspectedParts, nowMs: number, page: Page): string[] {
  const { strong, warn } = paletteOf(page.color);
  const others = hidden.map(({ type, parts }) => collectionText(type, parts)).join(' and a ');
  const row = (label: string, facts: EntryFacts): Cell[] => [
    label,
    valueText(facts, nowMs),
    ...writtenCells(facts, nowMs),
  ];
  const head = lookedAt > newest.length ? `The newest of ${grouped(lookedAt)} parts` : 'Its parts, the newest first';
  return [
    ...(others === ''
      ? []
      : [warn(paragraph(`Made of it at the same time, and not seen: a ${others}. A DEL ends both.`, page.width))]),
    '',
    strong(paragraph(`${head}, as ${node} has them`, page.width)),
    table(
      PART_COLUMNS,
      [
        ...(whole === null ? [] : [row('whole', whole)]),
        ...newest.map((facts) => row(facts.part === undefined ? '' : partLabel(facts.part), facts)),
      ],
      page,
    ),
  ];
}

const PART_COLUMNS: Column[] = [
  { head: 'PART', overflow: 'wrap', min: 8 },
  { head: 'VALUE', overflow: 'cut', min: 12 },
  { head: 'WRITTEN', overflow: 'wrap', min: 12 },
  { head: 'BY', overflow: 'wrap' },
];

/** What became of the key in incidents, newest first: what it had on an island, and what stood instead. */
function pastLines(inspection: EntryInspection & { nowMs: number }, page: Page): string[] {
  const { setAside, database, keyBase64 } = inspection;
  if (setAside.length === 0) return [];
  const { strong } = paletteOf(page.color);
  const key = shellKey(keyBase64);
  const where = database === 0 ? '' : ` --db ${database}`;
  return [
    '',
    strong('Its past: what incidents set aside of it'),
    table(
      PAST_COLUMNS,
      setAside.map((record) => pastRow(record, inspection)),
      page,
    ),
    ...[...new Set(setAside.map((record) => record.incident))].map((incident) =>
      commandLine('restore: ', `mneme split-brain undo ${incident} --key ${key}${where}`, page),
    ),
  ];
}

const PAST_COLUMNS: Column[] = [
  { head: 'RESOLVED', overflow: 'wrap', min: 10 },
  // To be copied.
  { head: 'INCIDENT' },
  { head: 'HOW', overflow: 'wrap', min: 9 },
  { head: 'WAS ON', overflow: 'wrap', min: 6 },
  { head: 'VALUE', overflow: 'cut', min: 12 },
  { head: 'WRITTEN', overflow: 'wrap', min: 10, optional: 1 },
];

function pastRow(aside: SetAsideFacts, { incidents, nowMs }: EntryInspection & { nowMs: number }): Cell[] {
  const { incident, island, overridden, part } = aside;
  const known = incidents.find(({ id }) => id === incident);
  const resolvedMs = known?.resolvedMs ?? null;
  const value = valueText(overridden, nowMs);
  return [
    resolvedMs === null ? '–' : fullTime(resolvedMs),
    incident,
    known?.strategy ?? '–',
    island,
    part === undefined ? value : `› ${partLabel(part)}\n${value}`,
    // There was nothing.
    overridden.hlc === 0 ? '–' : `${fullTime(overridden.writtenMs)} by ${overridden.writer}`,
  ];
}
