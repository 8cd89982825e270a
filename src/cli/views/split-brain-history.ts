import type { IncidentView } from '../../admin/protocol/api.js';
import { advice } from '../../hints/advice.js';
import { humanDuration } from '../../operations/common/durations.js';
import type { IncidentHistory } from '../../operations/split-brain/history.js';
import type { Listing, ListView } from '../lists/listing.js';
import type { Page } from '../page.js';
import { nextStep } from './next-step.js';
import { paletteOf } from './palette.js';
import { type Cell, type Column, table } from './table.js';
import { grouped } from './text.js';
import { fullTime } from './time.js';

/** To be copied, so it is never broken: a prefix of it is the same for all incidents of a day. */
const ID: Column = { head: 'ID' };
const WHO: Column = { head: 'BY', overflow: 'wrap', min: 8 };
const time = (head: string): Column => ({ head, overflow: 'wrap', min: 10 });

const SPLIT_BRAINS: Column[] = [
  ID,
  time('SEPARATED'),
  { head: 'FOR', align: 'right', optional: 1 },
  { head: 'ISLANDS', overflow: 'wrap', min: 8 },
  { head: 'OUTCOME', overflow: 'wrap', min: 12 },
  { head: 'SET ASIDE', align: 'right' },
  WHO,
];
const UNDOS: Column[] = [
  ID,
  time('DONE'),
  { head: 'UNDOES' },
  { head: 'VALUES', align: 'right' },
  WHO,
  { head: 'ON', optional: 1 },
];
const OTHERS: Column[] = [ID, time('DONE'), { head: 'WHAT' }, { head: 'SET ASIDE', align: 'right' }, { head: 'WHERE' }];

/** Newest first: split-brains, and by themselves the undos and what else set values aside, of which other things are to be told. */
export const splitBrainHistoryView: ListView<IncidentHistory> = ({ incidents }, page, whole = { incidents }) => {
  if (whole.incidents.length === 0) {
    const next = advice('mneme cluster status', 'Rehearse one with mneme drill partition.');
    return ['There has been no split-brain so far.', ...nextStep(next, page)].join('\n');
  }
  const undos = incidents.filter(({ strategy }) => strategy === 'undo');
  const splits = incidents.filter(isSplitBrain);
  const others = incidents.filter((one) => !isSplitBrain(one) && one.strategy !== 'undo');
  const parts = [
    part(splits, SPLIT_BRAINS, (one) => splitRow(one, page), page),
    part(undos, UNDOS, undoRow, page),
    part(others, OTHERS, otherRow, page),
  ];
  const next = advice('mneme split-brain show latest', 'Or with the id of another, of which a prefix will do.');
  return [parts.filter((text) => text !== '').join('\n\n'), ...nextStep(next, page)].join('\n');
};

/** All of them by what they have in common. */
export const historyListing: Listing<IncidentHistory, IncidentView> = {
  columns: [
    { ...ID, by: ({ id }) => id },
    {
      ...time('SEPARATED'),
      by: ({ separatedMs }) => separatedMs,
      cell: ({ separatedMs }) => fullTime(separatedMs),
    },
    {
      head: 'FOR',
      align: 'right',
      optional: 1,
      by: ({ resolvedMs, separatedMs }) => (resolvedMs === null ? null : resolvedMs - separatedMs),
      cell: ({ resolvedMs, separatedMs }) => (resolvedMs === null ? '–' : humanDuration(resolvedMs - separatedMs)),
    },
    { head: 'ISLANDS', overflow: 'wrap', min: 8, by: ({ islands }) => islandsText(islands) },
    {
      head: 'OUTCOME',
      overflow: 'wrap',
      min: 12,
      by: outcomeText,
      cell: (incident, { good, bad }) => ({ text: outcomeText(incident), paint: isOpen(incident) ? bad : good }),
    },
    { head: 'SET ASIDE', align: 'right', by: ({ setAside }) => setAside, cell: ({ setAside }) => grouped(setAside) },
    { ...WHO, by: whoText },
    {
      head: 'RESOLVED',
      wide: true,
      by: ({ resolvedMs }) => resolvedMs,
      cell: ({ resolvedMs }) => (resolvedMs === null ? '–' : fullTime(resolvedMs)),
    },
    { head: 'ON', wide: true, by: ({ executor }) => executor },
    { head: 'UNDOES', wide: true, by: ({ undoes }) => undoes?.incident ?? null },
  ],
  rows: ({ incidents }) => incidents,
  with: (history, incidents) => ({ ...history, incidents: [...incidents] }),
  name: ({ id }) => id,
  view: splitBrainHistoryView,
};

// ---

function part(incidents: IncidentView[], columns: Column[], row: (one: IncidentView) => Cell[], page: Page): string {
  return incidents.length === 0 ? '' : table(columns, incidents.map(row), page);
}

function splitRow(incident: IncidentView, page: Page): Cell[] {
  const { good, bad } = paletteOf(page.color);
  const { resolvedMs, separatedMs } = incident;
  return [
    incident.id,
    fullTime(separatedMs),
    resolvedMs === null ? '–' : humanDuration(resolvedMs - separatedMs),
    islandsText(incident.islands),
    { text: outcomeText(incident), paint: isOpen(incident) ? bad : good },
    grouped(incident.setAside),
    whoText(incident),
  ];
}

function undoRow(incident: IncidentView): Cell[] {
  const { undoes, resolvedMs, detectedMs, executor } = incident;
  const keys = `${grouped(incident.setAside)}${undoes?.isPartial === true ? ' (a part)' : ''}`;
  return [
    incident.id,
    fullTime(resolvedMs ?? detectedMs),
    undoes?.incident ?? '–',
    keys,
    whoText(incident),
    executor ?? '–',
  ];
}

/** Where it happened: a set-back is carried out by nobody, and has a member on one side and the others on the other. */
function otherRow({ id, strategy, setAside, resolvedMs, detectedMs, executor, islands }: IncidentView): Cell[] {
  const where = executor ?? islandsText(islands);
  return [id, fullTime(resolvedMs ?? detectedMs), strategy ?? '–', grouped(setAside), where];
}

function isOpen({ state }: IncidentView): boolean {
  return state === 'open' || state === 'resolving';
}

function outcomeText({ strategy, state }: IncidentView): string {
  return strategy === null ? state : `${state}: ${strategy}`;
}

function islandsText(islands: IncidentView['islands']): string {
  return islands.map(({ members }) => members.join(' ')).join(' | ');
}

/** Who asked for it, or what did. */
function whoText({ by, asked }: IncidentView): string {
  return asked ?? by ?? '–';
}

function isSplitBrain({ strategy }: IncidentView): boolean {
  return strategy === null || strategy.startsWith('merge ') || strategy.startsWith('promote ');
}
