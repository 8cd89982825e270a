import type { BusyMember, TopIncident } from '../../operations/cluster/top.js';
import { localTime } from '../../operations/common/durations.js';
import type { Page, View } from '../page.js';
import { hottest, type MemberSeries, sumOf, type TopHistory } from '../top/top-history.js';
import { verdictPaint } from './cluster-status.js';
import { paintOf, stateWord } from './member-columns.js';
import { type Paint, type Palette, paletteOf } from './palette.js';
import { compact, greatest, sparkline } from './sparkline.js';
import { columnsOf, cutTo, printableKey } from './text.js';
import { fullTime } from './time.js';

export const ORDERS = ['node', 'lag', 'reads', 'writes'] as const;
export type TopOrder = (typeof ORDERS)[number];

export interface TopPicture {
  readonly history: TopHistory;
  /** The member whose prefixes are shown; null: those of all. */
  readonly selected: string | null;
  readonly order: TopOrder;
  readonly paused: boolean;
  /** Why there is nothing new; null: there is. */
  readonly trouble: string | null;
  /** Rows of the screen; null: as many as it takes, without the line of keys. */
  readonly height: number | null;
}

/** Smaller ones show nothing that helps. */
const LEAST = { width: 66, height: 12 };

export const topView: View<TopPicture> = (picture, page) => {
  const { history, height } = picture;
  const look = history.latest;
  if (look === null) return '';
  if (height !== null && (height < LEAST.height || page.width < LEAST.width)) {
    return cutTo(`top takes ${LEAST.width} columns and ${LEAST.height} rows`, page.width);
  }
  const palette = paletteOf(page.color);
  const members = inOrder(look.members, picture.order);
  const hot = hottest(look.hot, picture.selected);
  const rows = share(height, members.length, hot.length, look.incidents.length);
  const lines = [
    headline(picture, page, palette),
    totals(picture, page),
    '',
    ...memberLines(members, rows.members, picture, page, palette),
    '',
    ...hotLines(picture, rows.hot, page, palette),
    '',
    ...incidentLines(look.incidents, rows.incidents, page, palette),
  ];
  if (height === null) return withoutTrails(lines);
  const filled = [...lines, ...Array<string>(Math.max(0, height - 1 - lines.length)).fill('')].slice(0, height - 1);
  return withoutTrails([...filled, keyLine(picture, page, palette)]);
};

function withoutTrails(lines: readonly string[]): string {
  return lines.map((line) => line.trimEnd()).join('\n');
}

/** Members as they stand on the screen, for whoever goes through them. */
export function inOrder(members: readonly BusyMember[], order: TopOrder): BusyMember[] {
  const figure = (one: BusyMember) => (order === 'lag' ? one.lagWrites : order === 'node' ? 0 : one[order]) ?? -1;
  return [...members].sort((a, b) => figure(b) - figure(a) || (a.name < b.name ? -1 : 1));
}

// ---

/** Rows for each part: what one does not need the others get. Two heads, three gaps, two lines above, one below. */
function share(height: number | null, members: number, hot: number, incidents: number) {
  if (height === null) return { members, hot: Math.min(10, hot), incidents: Math.min(5, incidents) };
  const room = height - 9;
  const least = { incidents: Math.min(Math.max(1, incidents), 3), hot: Math.min(Math.max(1, hot), 4) };
  const ofMembers = Math.max(1, Math.min(members, room - least.incidents - least.hot));
  const ofIncidents = Math.max(1, Math.min(incidents, 3, room - ofMembers - 1));
  return { members: ofMembers, hot: Math.max(0, room - ofMembers - ofIncidents), incidents: ofIncidents };
}

function headline({ history, paused, trouble }: TopPicture, page: Page, palette: Palette): string {
  const look = history.latest!;
  const right = `${paused ? 'PAUSED  ' : ''}${localTime(look.nowMs).slice(-8)}`;
  const paint = trouble === null ? verdictPaint(look, palette) : palette.bad;
  const text = trouble === null ? look.headline : `${trouble} (trying again)`;
  return between(text, right, page.width, (one) => palette.strong(paint(one)));
}

function totals({ history }: TopPicture, page: Page): string {
  const columns = Math.max(1, Math.floor((page.width - 62) / 3));
  const part = (label: string, series: readonly (number | null)[], unit = '') => {
    const now = series.at(-1) ?? null;
    return `${label} ${compact(now).padStart(5)}${unit} ${sparkline(series, columns, greatest([series], columns))}`;
  };
  const clients = compact(sumOf(history.latest!.members.map((one) => one.clients)));
  const parts = [
    part('reads', history.totals('reads'), '/s'),
    part('writes', history.totals('writes'), '/s'),
    part('conflicts', history.conflicts),
    `clients ${clients}`,
  ];
  return cutTo(parts.join('  '), page.width);
}

/** Columns of the words and figures beside the bars. */
const NAME = 10;
const STATE = 12;
const ENTRIES = 7;
const LAG = 6;
const READS = 8;
const WRITES = 9;
const WORDS = 1 + NAME + STATE + ENTRIES + LAG + READS + WRITES + 9;

function memberLines(
  members: readonly BusyMember[],
  most: number,
  picture: TopPicture,
  page: Page,
  palette: Palette,
): string[] {
  const { history, selected, order } = picture;
  const columns = Math.max(1, Math.floor((page.width - WORDS) / 3));
  const series = new Map(members.map(({ replica }) => [replica, history.seriesOf(replica)]));
  const top = (figure: keyof MemberSeries) =>
    greatest(
      [...series.values()].map((one) => one[figure]),
      columns,
    );
  const tops = { lag: top('lag'), reads: top('reads'), writes: top('writes') };
  const head = (word: string, of: TopOrder) => `${order === of ? '↓' : ''}${word}`;
  const bare = ' '.repeat(columns);
  const heads = [
    ...[' ', head('NODE', 'node').padEnd(NAME), 'STATE'.padEnd(STATE), 'ENTRIES'.padStart(ENTRIES)],
    ...[head('LAG', 'lag').padStart(LAG), bare, head('READS/S', 'reads').padStart(READS), bare],
    ...[head('WRITES/S', 'writes').padStart(WRITES)],
  ];
  const at = members.findIndex(({ replica }) => replica === selected);
  const from = Math.max(0, Math.min(at - most + 1, members.length - most));
  const rows = members.slice(from, from + most).map((member) => {
    const { lag, reads, writes } = series.get(member.replica)!;
    const bars = (one: readonly (number | null)[], top: number) => sparkline(one, columns, top);
    const state = cutTo(member.answers ? stateWord(member.state) : `${stateWord(member.state)}?`, STATE);
    return [
      member.replica === selected ? '>' : ' ',
      pad(member.name, NAME),
      paintedIn(state, STATE, paintOf(member.state, palette)),
      compact(member.entries).padStart(ENTRIES),
      `${compact(member.lagWrites).padStart(LAG)} ${bars(lag, tops.lag)}`,
      `${compact(member.reads).padStart(READS)} ${bars(reads, tops.reads)}`,
      `${compact(member.writes).padStart(WRITES)} ${bars(writes, tops.writes)}`,
    ].join(' ');
  });
  return [palette.strong(cutTo(heads.join(' '), page.width)), ...rows];
}

function hotLines({ history, selected }: TopPicture, most: number, page: Page, palette: Palette): string[] {
  const look = history.latest!;
  const name = look.members.find(({ replica }) => replica === selected)?.name;
  const hot = hottest(look.hot, selected);
  const bar = Math.max(4, page.width - 58);
  const top = Math.max(0, ...hot.map(({ reads, writes }) => reads + writes));
  const whose = name === undefined ? 'all members' : name;
  const head = `${`HOT PREFIXES of ${whose}`.padEnd(30)} DB ${'READS/S'.padStart(9)} ${'WRITES/S'.padStart(9)}`;
  const rows = hot.slice(0, most).map(({ prefixBase64, database, reads, writes }) => {
    const key = prefixBase64 === '' ? '(other keys)' : `${printableKey(prefixBase64)}*`;
    const filled = top === 0 ? 0 : Math.round(((reads + writes) / top) * bar);
    const figures = `${String(database).padStart(2)} ${compact(reads).padStart(9)} ${compact(writes).padStart(9)}`;
    return `${pad(key, 30)} ${figures} ${'█'.repeat(filled)}`;
  });
  const none = hot.length === 0 && most > 0 ? [palette.dim('no client asks for anything')] : [];
  return [palette.strong(cutTo(head, page.width)), ...rows, ...none];
}

function incidentLines(incidents: readonly TopIncident[], most: number, page: Page, palette: Palette): string[] {
  if (incidents.length === 0) return [palette.dim('no split-brain so far')];
  const head = `${'SPLIT-BRAIN'.padEnd(20)} ${'CONFLICTS'.padStart(9)} ${'SET ASIDE'.padStart(9)} OUTCOME`;
  const rows = incidents.slice(0, most).map((one) => {
    const isOpen = one.state === 'open' || one.state === 'resolving';
    const islands = one.islands.map(({ members }) => members.join(' ')).join(' | ');
    const outcome = `${one.strategy === null ? one.state : `${one.state}: ${one.strategy}`}, ${islands}`;
    const figures = `${compact(one.conflicts).padStart(9)} ${compact(one.setAside).padStart(9)}`;
    const room = Math.max(8, page.width - 41);
    return `${fullTime(one.separatedMs).padEnd(20)} ${figures} ${paintedIn(cutTo(outcome, room), 0, isOpen ? palette.bad : palette.good)}`;
  });
  return [palette.strong(cutTo(head, page.width)), ...rows];
}

function keyLine({ order }: TopPicture, page: Page, { dim }: Palette): string {
  return dim(cutTo(`q quit  p pause  ↑↓ a member's prefixes  ←→ order: ${order}`, page.width));
}

function between(left: string, right: string, width: number, paint: Paint): string {
  const text = cutTo(left, width - columnsOf(right) - 1);
  return `${paint(text)}${' '.repeat(Math.max(1, width - columnsOf(text) - columnsOf(right)))}${right}`;
}

function pad(text: string, columns: number): string {
  const cut = cutTo(text, columns);
  return `${cut}${' '.repeat(Math.max(0, columns - columnsOf(cut)))}`;
}

function paintedIn(text: string, columns: number, paint: Paint): string {
  return `${paint(text)}${' '.repeat(Math.max(0, columns - columnsOf(text)))}`;
}
