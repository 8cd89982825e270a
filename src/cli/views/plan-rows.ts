import type { ConflictView, EntryFacts, PlanReply } from '../../admin/protocol/api.js';
import { humanDuration } from '../../operations/common/durations.js';
import type { Page } from '../page.js';
import { absentText, lifeText, valueText, valueTexts } from './entry-version.js';
import { type Palette, paletteOf } from './palette.js';
import { type Cell, type Column, table } from './table.js';
import { keyLabel } from './text.js';
import { shortTime } from './time.js';

export interface ShownRows {
  plan: PlanReply;
  nowMs: number;
  wide: boolean;
}

/** The keys of a plan with each island's version, the one that stands marked: a line each, or (wide) a cell of several. */
export function rowTable(shown: ShownRows, page: Page): string {
  const { plan, wide } = shown;
  const overflow = wide ? 'wrap' : 'cut';
  const columns: Column[] = [
    { head: 'KEY', overflow, min: wide ? 8 : 12 },
    ...plan.islands.map(
      ({ members }, index): Column => ({ head: `${index + 1}: ${members.join(' ')}`, overflow, min: wide ? 16 : 12 }),
    ),
    { head: 'WHY', overflow, min: wide ? 10 : 14 },
  ];
  const rows = plan.conflicts.map((row) => cellsOf(row, shown, paletteOf(page.color)));
  return table(columns, rows, page, { style: wide ? 'grid' : 'list' });
}

function cellsOf(row: ConflictView, { plan, nowMs, wide }: ShownRows, palette: Palette): Cell[] {
  const key = keyLabel(row);
  const gap = wide ? '\n' : ' ';
  const texts = wide
    ? row.versions.map((version) => (version === null ? null : versionText(version, nowMs)))
    : valueTexts(row.versions, nowMs);
  const why = wide
    ? `${row.outcome === null ? 'left to you' : row.reason}${row.uncertain ? '\n(uncertain)' : ''}`
    : `${row.uncertain ? 'uncertain, ' : ''}${shortReason(row)}`;
  return [
    row.database === 0 ? key : `${key}${gap}(db ${row.database})`,
    ...plan.islands.map((_, island) => versionCell(row, island, plan, texts[island] ?? null, palette)),
    row.uncertain ? { text: why, paint: palette.warn } : why,
  ];
}

/** The mark says which one stands. */
function shortReason({ outcome, reason }: ConflictView): string {
  if (outcome === null) return 'left to you';
  if (reason === 'changed on one island only') return 'only there';
  const later = /^last write, (\d+) ms later$/.exec(reason);
  return later === null ? reason : `${humanDuration(Number(later[1]))} later`;
}

/** One island's version. The outcome is marked by a sign, since colour may be missing. */
function versionCell(
  row: ConflictView,
  island: number,
  { strategy }: PlanReply,
  version: string | null,
  { good, dim }: Palette,
): Cell {
  const stands = row.outcome === island;
  const text = version ?? absenceText(stands, strategy, row);
  return { text: `${stands ? '→ ' : ''}${text}`, paint: stands ? good : dim };
}

/** A promoted node that does not have a key: nothing stands there. An island that has not changed a key has nothing to say of it. */
function absenceText(stands: boolean, strategy: string, row: ConflictView): string {
  return stands && strategy.startsWith('promote ') ? absentText(row) : 'no change';
}

/** When and by whom the expiry alone was changed last; nothing if it was not. */
export function touchText({ touch }: EntryFacts, nowMs: number, before: string): string {
  return touch === undefined ? '' : `${before}touched ${shortTime(touch.writtenMs, nowMs)} by ${touch.writer}`;
}

export function versionText(entry: EntryFacts, nowMs: number): string {
  // Nothing was there, or nothing is known of it.
  if (entry.hlc === 0) return valueText(entry, nowMs);
  const life = lifeText(entry, nowMs);
  const rest = life === '' ? '' : `, ${life}`;
  return `${valueText(entry, nowMs)}\n${shortTime(entry.writtenMs, nowMs)}\nby ${entry.writer}${rest}${touchText(entry, nowMs, '\n')}`;
}
