import type { ConflictView, EntryFacts, PlanReply } from '../../admin/protocol/api.js';
import type { ValueDiff } from '../../operations/split-brain/value-diff.js';
import type { Page } from '../page.js';
import { lifeText, valueText } from './entry-version.js';
import { type Palette, paletteOf } from './palette.js';
import { touchText } from './plan-rows.js';
import { cutTo, escapeText, grouped, keyLabel, paragraph, plural, wrapTo } from './text.js';
import { shortTime } from './time.js';

/** A page of a terminal of this many rows. */
export interface DeskPage extends Page {
  readonly height: number;
}

export interface ShownDesk {
  plan: PlanReply;
  policy: string;
  at: number;
  picks: number;
  /** null: there is no conflict. */
  conflict: ConflictView | null;
  standing: Standing | null;
  /** What the last key came to. */
  message: string | null;
  nowMs: number;
}

/** `island` null: nobody has decided. */
interface Standing {
  island: number | null;
  isPicked: boolean;
}

const KINDS = {
  changed: 'changed on several islands',
  deleted: 'deleted on one, changed on another',
  touched: 'the same value with another expiry',
  alike: 'the same for a reader',
  'one-sided': 'changed on one island alone',
} as const;

const KEYS = [
  ['n', 'next'],
  ['p', 'previous'],
  ['g', 'go to'],
  ['u', 'undo the last pick'],
  ['d', 'difference of the values'],
  ['t', 'take by prefix'],
  ['r', 'take by reason'],
  ['s', 'save and leave'],
  ['a', 'apply'],
  ['q', 'leave'],
] as const;

/** One conflict on a screen of its own: each island's version, what stands, and the keys. Never higher than the page. */
export function deskView(shown: ShownDesk, page: DeskPage): string {
  const { plan, conflict, standing, message } = shown;
  const palette = paletteOf(page.color);
  const foot = [...messageLines(message, page, palette), '', ...keyLines(plan.islands.length, page, palette)];
  const head = headLines(shown, page, palette);
  if (conflict === null || standing === null)
    return [
      ...head,
      '',
      paragraph('There are no conflicts: what only one island changed goes to all.', page.width),
      ...foot,
    ].join('\n');
  const room = page.height - head.length - foot.length;
  return [...head, ...islandLines(shown, conflict, standing, room, page, palette), ...foot].join('\n');
}

/** What differs between two values, from a line on; and the place of the next page, 0 if there is none. */
export function diffView(
  { title, diff, from }: { title: string; diff: ValueDiff; from: number },
  page: DeskPage,
): { text: string; next: number } {
  const { strong, good, bad, dim } = paletteOf(page.color);
  const lines = (diff.lines ?? [{ mark: '…', text: '' } as const]).map(({ mark, text }) => {
    const shown = cutTo(`${mark} ${escapeText(text)}`, page.width);
    return mark === '+' ? good(shown) : mark === '-' ? bad(shown) : dim(shown);
  });
  const room = Math.max(1, page.height - 5);
  const next = from + room < lines.length ? from + room : 0;
  const what = diff.lines === null ? 'they have too little in common' : `${diff.by} by ${diff.by}`;
  const keys = next > 0 ? `space more (${grouped(lines.length - next)} lines)  b back` : 'b back';
  return {
    text: [strong(cutTo(title, page.width)), dim(what), ...lines.slice(from, from + room), '', keys].join('\n'),
    next,
  };
}

// ---------------------------------------------------------------------------------------------------------------------

function headLines({ plan, policy, at, picks, conflict }: ShownDesk, page: Page, { strong, dim }: Palette): string[] {
  const place = plan.total === 0 ? 'No conflict' : `Conflict ${grouped(at + 1)} of ${grouped(plan.total)}`;
  const head = strong(cutTo(`${place}, ${plural(picks, 'pick')}, the rest by ${policy}`, page.width));
  if (conflict === null) return [head];
  const key = `${keyLabel(conflict)}${conflict.database === 0 ? '' : ` (db ${conflict.database})`}`;
  const reason = conflict.outcome === null ? 'left to you' : conflict.reason;
  const why = `${KINDS[conflict.kind]}; ${reason}${conflict.uncertain ? ', uncertain' : ''}`;
  return [head, '', cutTo(key, page.width), dim(cutTo(why, page.width))];
}

function islandLines(
  { plan, nowMs }: ShownDesk,
  { versions }: ConflictView,
  standing: Standing,
  room: number,
  page: Page,
  { good, dim }: Palette,
): string[] {
  // Names, value and facts of each, and a line between them.
  const valueLines = Math.max(1, Math.min(3, Math.floor(room / versions.length) - 3));
  const lines = versions.flatMap((entry, i) => {
    const stands = i === standing.island;
    const paint = stands ? good : dim;
    const mark = stands ? `→ stands${standing.isPicked ? ', picked' : ''}` : '';
    const name = `${i + 1}: ${plan.islands[i]?.members.join(' ') ?? ''}`;
    return ['', cutTo(`${name}  ${mark}`.trimEnd(), page.width), ...versionLines(entry, valueLines, nowMs, page)].map(
      (line) => (line === '' ? line : paint(line)),
    );
  });
  return lines.length <= room
    ? lines
    : [...lines.slice(0, room - 1), dim('… a higher terminal shows the other islands')];
}

function versionLines(entry: EntryFacts | null, most: number, nowMs: number, page: Page): string[] {
  if (entry === null) return ['   no change'];
  const life = lifeText(entry, nowMs);
  const rest = life === '' ? '' : `, ${life}`;
  const value = wrapTo(valueText(entry, nowMs), page.width - 3);
  const shown =
    value.length <= most ? value : [...value.slice(0, most - 1), cutTo(`${value[most - 1]}…`, page.width - 3)];
  const facts = `${shortTime(entry.writtenMs, nowMs)} by ${entry.writer}${rest}${touchText(entry, nowMs, ', ')}`;
  return [...shown, cutTo(facts, page.width - 3)].map((line) => `   ${line}`);
}

function messageLines(message: string | null, page: Page, { warn }: Palette): string[] {
  if (message === null) return [];
  const lines = paragraph(message, page.width).split('\n');
  const shown = lines.length <= 4 ? lines : [...lines.slice(0, 3), '…'];
  return ['', ...shown.map((line) => warn(line))];
}

function keyLines(islands: number, page: Page, { command }: Palette): string[] {
  const numbers = Array.from({ length: Math.min(9, islands) }, (_, i) => i + 1).join(' ');
  const items = [[numbers, 'take that island'], ...KEYS].map(([key, what]) => ({ key, what, text: `${key} ${what}` }));
  const lines: (typeof items)[] = [[]];
  for (const item of items) {
    const line = lines.at(-1)!;
    const width = line.reduce((sum, one) => sum + one.text.length + 3, 0) + item.text.length;
    if (width > page.width && line.length > 0) lines.push([item]);
    else line.push(item);
  }
  return lines.map((line) => line.map(({ key, what }) => `${command(key ?? '')} ${what}`).join('   '));
}
