import type { PlanReply, PlanSums } from '../../admin/protocol/api.js';
import { humanDuration } from '../../operations/common/durations.js';
import { humanBytes } from '../../operations/common/sizes.js';
import type { Page } from '../page.js';
import { groupTable } from './key-group.js';
import { paletteOf } from './palette.js';
import { type Column, table } from './table.js';
import { grouped, paragraph, plural } from './text.js';

/** More islands than this, and what each alone changed is in one column. */
const ISLAND_COLUMNS_MAX = 3;

/** Who is apart, and what each island's changes come to. */
export function islandTable({ islands, counts, summary }: PlanReply, page: Page): string {
  const columns: Column[] = [
    { head: 'ISLAND', align: 'right' },
    { head: 'MEMBERS', overflow: 'wrap' },
    { head: 'ONLY HERE', align: 'right' },
    { head: 'STANDS', align: 'right', optional: 1 },
    { head: 'SET ASIDE', align: 'right' },
  ];
  const rows = islands.map((island, index) => [
    String(index + 1),
    island.members.join(', '),
    grouped(island.changedOnlyHere),
    summary === null ? '–' : grouped(summary.stands[index] ?? 0),
    withBytes(counts.overridden[index] ?? 0, summary?.setAsideBytes[index] ?? 0),
  ]);
  return table(columns, rows, page);
}

/** Members that take no part, so that nobody takes the plan for all there is. */
export function absentLines(absent: readonly string[], page: Page): string[] {
  if (absent.length === 0) return [];
  const [takes, its] = absent.length === 1 ? ['takes', 'its'] : ['take', 'their'];
  const text = `${absent.join(', ')} ${takes} no part: out of reach, and compared on ${its} return`;
  return [paletteOf(page.color).warn(paragraph(text, page.width))];
}

/** The whole plan in numbers, a line each. What is filtered is of no account here. */
export function countLines(plan: PlanReply, page: Page): string[] {
  const { counts, skewMs } = plan;
  const { warn, dim } = paletteOf(page.color);
  const lines = [
    paragraph(`${plural(counts.conflicts, 'conflict')}: ${whatOf(plan)} that several islands changed`, page.width),
    ...kindLines(plan).map((text) => dim(paragraph(text, page.width, '  '))),
  ];
  const left = counts.manual ?? 0;
  if (left > 0) {
    const verb = left === 1 ? 'is' : 'are';
    const text = `${grouped(left)} of them ${verb} left to you: nothing is carried out before you have decided`;
    lines.push(warn(paragraph(text, page.width, '  ')));
  }
  if (counts.uncertain > 0) {
    const text = `${grouped(counts.uncertain)} of them uncertain: closer in time than the clocks agree (${humanDuration(skewMs)})`;
    lines.push(warn(paragraph(text, page.width, '  ')));
  }
  const oneSided = sum(counts.onlyHere);
  const { merged = 0, twofold = 0 } = counts;
  const setAside = sum(counts.overridden);
  const bytes = sum(plan.summary?.setAsideBytes ?? []);
  const texts = [
    `${plural(oneSided, 'key or part of one', 'keys or parts of them')} that one island alone changed: ${oneSidedFate(plan)}`,
    ...(merged === 0
      ? []
      : [`${plural(merged, 'key')} changed in different parts on several islands: ${mergedFate(plan, merged)}`]),
    ...(twofold === 0
      ? []
      : [
          `${grouped(twofold)} of them made two kinds of, as a hash and a set: the one that is written last is found, a DEL ends both`,
        ]),
    `${plural(setAside, 'value')} set aside${sizeText(bytes)}: kept, and can be restored with mneme split-brain undo`,
  ];
  const { wholeKeys = 0 } = plan.summary ?? {};
  if (wholeKeys > 0) {
    const it = wholeKeys === 1 ? 'it' : 'them';
    texts.push(
      `${plural(wholeKeys, 'key stands', 'keys stand')} as one island has ${it} as a whole: all else that others have of ${it} is set aside too, and not counted here`,
    );
  }
  if (counts.rewritten > 0)
    texts.push(`${plural(counts.rewritten, 'key')} written anew, since the outcome is not the last write`);
  return [...lines, ...texts.map((text) => paragraph(text, page.width))];
}

/** What the rows of a plan are. */
function whatOf({ conflicts, summary, counts }: PlanReply): string {
  const hasParts = (summary?.total.parts ?? 0) > 0 || (counts.merged ?? 0) > 0;
  return hasParts || conflicts.some(({ part }) => part !== undefined) ? 'keys, or parts of them,' : 'keys';
}

/** What a plan comes to, where the question is asked. */
export function countsText({ counts, summary }: PlanReply): string {
  const setAside = sum(counts.overridden);
  const bytes = sizeText(sum(summary?.setAsideBytes ?? []));
  return [
    `${plural(counts.conflicts, 'conflict')} decided`,
    `${plural(sum(counts.onlyHere), 'change')} of one island`,
    `${plural(setAside, 'value')}${restText(summary?.wholeKeys ?? 0)} set aside${bytes}`,
  ].join(', ');
}

/** By how the keys begin. */
export function planGroupTable({ summary, islands }: PlanReply, page: Page): string[] {
  if (summary === null || summary.groups.length === 0) return [];
  const apart = islands.length <= ISLAND_COLUMNS_MAX;
  const hasParts = (summary.total.parts ?? 0) > 0;
  const columns: Column[] = [
    { head: 'KEYS', align: 'right' },
    ...(hasParts ? [{ head: 'PARTS', align: 'right' } as const] : []),
    { head: 'CONFLICTS', align: 'right' },
    ...(apart
      ? islands.map((_, i): Column => ({ head: `ONLY ${i + 1}`, align: 'right' }))
      : [{ head: 'ONE-SIDED', align: 'right' } as const]),
    { head: 'SET ASIDE', align: 'right' },
    { head: 'BYTES', align: 'right', optional: 1 },
  ];
  const cells = (sums: PlanSums) => [
    grouped(sums.keys),
    ...(hasParts ? [grouped(sums.parts ?? 0)] : []),
    grouped(sums.conflicts),
    ...(apart ? sums.onlyHere : [sum(sums.onlyHere)]).map(grouped),
    grouped(sums.setAside),
    humanBytes(sums.bytes),
  ];
  return ['', groupTable(summary, columns, cells, page)];
}

const KIND_TEXTS = {
  changed: 'changed on several islands',
  deleted: 'deleted on one, changed on another',
  touched: 'touched only: the same value with another expiry',
  alike: 'alike: written on several, and the same for a reader',
} as const;

/** Only where there is more than one kind, or the one is worth a word. */
function kindLines({ summary }: PlanReply): string[] {
  if (summary === null) return [];
  const kinds = (Object.keys(KIND_TEXTS) as (keyof typeof KIND_TEXTS)[]).filter((kind) => summary.kinds[kind] > 0);
  if (kinds.length === 1 && kinds[0] === 'changed') return [];
  const width = Math.max(...kinds.map((kind) => grouped(summary.kinds[kind]).length));
  return kinds.map((kind) => `${grouped(summary.kinds[kind]).padStart(width)}  ${KIND_TEXTS[kind]}`);
}

function oneSidedFate({ strategy, executor }: PlanReply): string {
  return strategy.startsWith('promote ')
    ? `they stand where they are of ${executor}'s island, else they are set aside`
    : 'they go to all';
}

function mergedFate({ strategy, executor }: PlanReply, keys: number): string {
  if (!strategy.startsWith('promote ')) return 'merged part by part, which is no conflict';
  return `no conflict, and ${keys === 1 ? 'it stands' : 'they stand'} as ${executor}'s island has ${keys === 1 ? 'it' : 'them'}`;
}

function restText(wholeKeys: number): string {
  return wholeKeys === 0 ? '' : ` and the rest of ${plural(wholeKeys, 'key')}`;
}

function withBytes(count: number, bytes: number): string {
  return `${grouped(count)}${sizeText(bytes)}`;
}

function sizeText(bytes: number): string {
  return bytes === 0 ? '' : ` (${humanBytes(bytes)})`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
