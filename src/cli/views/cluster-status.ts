import { adviceOf } from '../../hints/advice.js';
import type { ClusterStatus, LinkSight } from '../../operations/cluster/status.js';
import { list } from '../../operations/cluster/verdict.js';
import { humanDuration } from '../../operations/common/durations.js';
import { humanBytes } from '../../operations/common/sizes.js';
import { type Listing, type ListView, listTable } from '../lists/listing.js';
import type { Page } from '../page.js';
import { serverText } from './engine.js';
import { incidentLines } from './incident-lines.js';
import { leftOutLines } from './left-out.js';
import { type MemberRow, memberColumns, paintOf, rowsOf, stateWord } from './member-columns.js';
import { memberLimitLines } from './member-limits.js';
import { nextStep } from './next-step.js';
import { type Palette, paletteOf } from './palette.js';
import { versionLines } from './running-versions.js';
import { type Cell, type Column, table } from './table.js';
import { paragraph, plural } from './text.js';

/** `engine status` shows more of them. */
const LEFT_OUT_ROWS = 3;

/** The headline first: whether to worry, and what to type. Then a row per member, then what members see differently. */
export const clusterStatusView: ListView<ClusterStatus> = (status, page, whole = status) => {
  const palette = paletteOf(page.color);
  const sections = [
    [headline(status, page, palette), ...nextStep(adviceOf(status), page)],
    [memberTable(status, whole, page, palette)],
    status.incidents.flatMap((incident) => incidentLines(incident, status.nowMs, page)),
    sightLines(whole, page, palette),
    problemLines(status, page, palette),
    memoryLines(status, page, palette),
    engineLines(status, page, palette),
    versionLines(status, page, palette),
    status.limits === null ? [] : memberLimitLines(status.limits, page, palette),
    status.engines.flatMap((engine) => leftOutLines(engine.node, engine, LEFT_OUT_ROWS, status.nowMs, page)),
    remarks(status, page, palette),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
};

export const memberListing: Listing<ClusterStatus, MemberRow> = {
  columns: memberColumns,
  rows: rowsOf,
  with: (status, rows) => {
    const members = rows.map(({ isAsked: _asked, nowMs: _now, ...member }) => member);
    return { ...status, members, everyone: status.members };
  },
  name: ({ name }) => name,
  view: clusterStatusView,
};

/** Of how the cluster is. */
export function verdictPaint({ state, healthy }: Pick<ClusterStatus, 'state' | 'healthy'>, palette: Palette) {
  if (state === 'in-sync') return palette.good;
  return healthy || state === 'no-answer' ? palette.warn : palette.bad;
}

// ---

function headline(status: ClusterStatus, page: Page, palette: Palette): string {
  return palette.strong(verdictPaint(status, palette)(paragraph(status.headline, page.width)));
}

function memberTable(status: ClusterStatus, whole: ClusterStatus, page: Page, palette: Palette): string {
  if (whole.members.length === 0) return palette.dim(`${status.asked} is in no cluster yet`);
  const caption = palette.dim(
    paragraph(
      `cluster ${status.clusterId} as ${status.asked} sees it; LAG: writes it has yet to acknowledge`,
      page.width,
    ),
  );
  return `${listTable(memberListing, rowsOf(status), page)}\n${caption}`;
}

/** Who sees whom: one row for each member that answered, shown only when they do not agree. */
function sightLines(status: ClusterStatus, page: Page, palette: Palette): string[] {
  if (!status.sightsDiffer) return [];
  const names = status.members.map((member) => member.name);
  const columns: Column[] = [
    { head: 'SEES →', overflow: 'wrap' },
    ...names.map((name): Column => ({ head: name, overflow: 'wrap', min: 6 })),
  ];
  const observers = status.members.filter((member) => member.answers).map((member) => member.name);
  const rows = observers.map((from) => [from, ...names.map((to) => sightCell(from, to, status.sights, palette))]);
  return [palette.strong('The members see each other differently:'), table(columns, rows, page)];
}

function sightCell(from: string, to: string, sights: LinkSight[], palette: Palette): Cell {
  if (from === to) return '·';
  const sight = sights.find((candidate) => candidate.from === from && candidate.to === to);
  if (sight === undefined) return { text: 'not a member', paint: palette.bad };
  // Since when is told of the incident, and would be broken off in the column of one of five.
  const since = sight.state === 'in-sync' || sight.state === 'held' ? '' : ` ${humanDuration(sight.sinceMs)}`;
  return { text: `${stateWord(sight.state)}${since}`, paint: paintOf(sight.state, palette) };
}

/** All that is wrong at members but what the headline says; what is the same at several of them once. */
function problemLines({ problems, headline, nowMs }: ClusterStatus, page: Page, { bad }: Palette): string[] {
  const texts = new Set(problems.map(({ text }) => text).filter((text) => !headline.endsWith(text)));
  return [...texts].flatMap((text) => {
    const same = problems.filter((one) => one.text === text);
    const [{ next, note }] = same as [(typeof same)[0]];
    const names = same.map(({ node }) => node).sort();
    const age = humanDuration(Math.max(0, nowMs - Math.min(...same.map(({ sinceMs }) => sinceMs))));
    return [
      bad(paragraph(`problem at ${list(names)} for ${age}: ${text}`, page.width)),
      ...nextStep(adviceOf({ next, note }), page, '  next: '),
    ];
  });
}

/** A line for each member with a limit of memory. */
function memoryLines({ memory }: ClusterStatus, page: Page, { dim, bad }: Palette): string[] {
  return memory.map(({ node, usedBytes, maxBytes, policy, evicted, isFull }) => {
    const limit = maxBytes === 0 ? '' : ` of ${humanBytes(maxBytes)} (${policy})`;
    const text = `memory of ${node}: ${humanBytes(usedBytes)}${limit}, ${plural(evicted, 'key')} evicted`;
    if (!isFull) return dim(paragraph(text, page.width));
    return bad(paragraph(`${text}; OVER THE LIMIT with nothing to evict: writes that grow are refused`, page.width));
  });
}

/** A line for each member beside a Redis. */
function engineLines({ engines }: ClusterStatus, page: Page, { dim }: Palette): string[] {
  return engines.map((engine) => dim(paragraph(`${engine.node} is beside ${serverText(engine)}`, page.width)));
}

function remarks(status: ClusterStatus, page: Page, palette: Palette): string[] {
  const drills = status.drills.map(({ node, cut }) => {
    const text = `A DRILL IS ON: ${node} is cut from ${cut.join(', ')} on purpose (mneme drill heal ends it)`;
    return palette.warn(paragraph(text, page.width));
  });
  return [
    ...drills,
    ...status.notes.map(({ node, text }) => palette.dim(paragraph(`note: ${node}: ${text}`, page.width))),
  ];
}
