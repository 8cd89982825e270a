import type { ConflictView, EntryFacts, PlanReply } from '../../admin/api.js';
import { humanDuration } from '../../operations/durations.js';
import type { Page, View } from '../page.js';
import { valueText } from './entry-version.js';
import { nextStep } from './next-step.js';
import { type Palette, paletteOf } from './palette.js';
import { type Cell, type Column, table } from './table.js';
import { paragraph, plural, printableKey } from './text.js';
import { fullTime, lifetime, shortTime } from './time.js';

export interface ShownPlan {
  plan: PlanReply;
  nowMs: number;
  offset: number;
  /** The command that carries it out; null where the question comes next. */
  next: string | null;
}

/** What a resolution would do: the counts first, then conflicts with each island's version side by side. */
export const splitBrainPlanView: View<ShownPlan> = (shown, page) => {
  const palette = paletteOf(page.color);
  const { plan } = shown;
  const head = `Plan: ${plan.strategy}, carried out by ${plan.executor}`;
  const digest = `digest ${plan.digest}`;
  const since = `islands apart since ${fullTime(plan.separatedMs)} (${humanDuration(shown.nowMs - plan.separatedMs)})`;
  return [
    palette.strong(paragraph(head, page.width)),
    palette.dim(paragraph(since, page.width)),
    palette.dim(paragraph(digest, page.width)),
    '',
    islandTable(plan, page),
    '',
    ...countLines(plan, page, palette),
    ...conflictLines(shown, page, palette),
    ...(shown.next === null ? [] : ['', ...nextStep(shown.next, page)]),
  ].join('\n');
};

function islandTable({ islands, counts }: PlanReply, page: Page): string {
  const columns: Column[] = [
    { head: 'ISLAND', align: 'right' },
    { head: 'MEMBERS', overflow: 'wrap' },
    { head: 'CHANGED ONLY HERE', align: 'right' },
    { head: 'SET ASIDE', align: 'right' },
  ];
  const rows = islands.map((island, index) => [
    String(index + 1),
    island.members.join(', '),
    String(island.changedOnlyHere),
    String(counts.overridden[index] ?? 0),
  ]);
  return table(columns, rows, page);
}

function countLines({ counts, skewMs }: PlanReply, page: Page, palette: Palette): string[] {
  const setAside = counts.overridden.reduce((sum, count) => sum + count, 0);
  const texts = [
    `${plural(counts.conflicts, 'conflict')}: keys that several islands changed`,
    `${plural(setAside, 'value')} set aside: kept, and can be restored with mneme split-brain undo`,
  ];
  if (counts.rewritten > 0)
    texts.push(`${plural(counts.rewritten, 'key')} written anew, since the outcome is not the last write`);
  const lines = texts.map((text) => paragraph(text, page.width));
  if (counts.uncertain > 0) {
    const text = `${plural(counts.uncertain, 'conflict')} uncertain: closer in time than the clocks agree (${humanDuration(skewMs)})`;
    lines.push(palette.warn(paragraph(text, page.width)));
  }
  return lines;
}

function conflictLines({ plan, nowMs, offset }: ShownPlan, page: Page, palette: Palette): string[] {
  if (plan.conflicts.length === 0) {
    if (offset > 0 || plan.truncated) return [];
    return ['', 'No conflicts to show: what only one island changed goes to all.'];
  }
  const columns: Column[] = [
    { head: 'KEY', overflow: 'wrap', min: 8 },
    ...plan.islands.map(
      ({ members }, index): Column => ({ head: `${index + 1}: ${members.join(' ')}`, overflow: 'wrap', min: 16 }),
    ),
    { head: 'WHY', overflow: 'wrap', min: 10 },
  ];
  const rows = plan.conflicts.map((conflict) => conflictRow(conflict, plan, nowMs, palette));
  const lines = ['', table(columns, rows, page, { style: 'grid' })];
  if (plan.truncated) lines.push(palette.dim('there are more: raise --limit, or narrow with --prefix'));
  return lines;
}

function conflictRow(conflict: ConflictView, plan: PlanReply, nowMs: number, palette: Palette): Cell[] {
  const key = printableKey(conflict.keyBase64);
  const why = `${conflict.reason}${conflict.uncertain ? '\n(uncertain)' : ''}`;
  return [
    conflict.database === 0 ? key : `${key}\n(db ${conflict.database})`,
    ...plan.islands.map((_, island) => versionCell(conflict, island, nowMs, palette)),
    conflict.uncertain ? { text: why, paint: palette.warn } : why,
  ];
}

/** One island's version. The outcome is marked by a word, since colour may be missing. */
function versionCell(conflict: ConflictView, island: number, nowMs: number, { good, dim }: Palette): Cell {
  const entry = conflict.versions[island] ?? null;
  const stands = conflict.outcome === island;
  if (entry === null) return { text: stands ? '→ stands: no change' : 'no change', paint: stands ? good : dim };
  const mark = stands ? '→ ' : '';
  return { text: `${mark}${versionText(entry, nowMs)}`, paint: stands ? good : dim };
}

export function versionText(entry: EntryFacts, nowMs: number): string {
  const rest = entry.tombstone ? '' : `, ${lifetime(entry.expiryMs, nowMs)}`;
  return `${valueText(entry)}\n${shortTime(entry.writtenMs, nowMs)}\nby ${entry.writer}${rest}`;
}
