import type { EntryFacts, KeyName, OtherOutcomeView, PlanChangesView } from '../../admin/protocol/api.js';
import type { Page, View } from '../page.js';
import { paletteOf } from './palette.js';
import { versionText } from './plan-rows.js';
import { type Column, table } from './table.js';
import { grouped, inSentence, keyLabel, paragraph, plural } from './text.js';

const KEYS_SHOWN = 10;
const ROWS_SHOWN = 20;

const COLUMNS: Column[] = [
  { head: 'KEY', overflow: 'wrap', min: 8 },
  { head: 'SHOWN', overflow: 'wrap', min: 16 },
  { head: 'NOW', overflow: 'wrap', min: 16 },
  { head: 'WHY', overflow: 'wrap', min: 10 },
];

/** What would come out otherwise than it was shown, before the question whether to go on. */
export const plannedChangesView: View<{ changes: PlanChangesView; nowMs: number }> = ({ changes, nowMs }, page) =>
  changesLines(changes, 'comes', nowMs, page).join('\n');

/** The differences between what was shown and what is (`comes`) or was (`came`) carried out; none if there are none. */
export function changesLines(changes: PlanChangesView, verb: 'comes' | 'came', nowMs: number, page: Page): string[] {
  const { warn, dim } = paletteOf(page.color);
  const lines: string[] = [];
  const add = (text: string, paint = dim) => lines.push(paint(paragraph(text, page.width)));
  if (changes.gone.length > 0)
    add(`${changes.gone.join(', ')} cannot be reached any more, and will be compared on return`, warn);
  if (changes.joined.length > 0) add(`${changes.joined.join(', ')} takes part too, which the plan did not show`, warn);
  if (changes.changed > 0) add(changedText(changes));
  if (changes.undecided > 0)
    add(`${plural(changes.undecided, 'conflict')} by the last write: written after the policy was asked`, warn);
  if (changes.otherwise > 0) {
    add(`${pluralOf(changes.otherwiseKeys, changes.otherwise)} ${verb} out otherwise than the plan showed:`, warn);
    lines.push(otherTable(changes.otherwiseKeys, nowMs, page));
    const more = changes.otherwise - Math.min(ROWS_SHOWN, changes.otherwiseKeys.length);
    if (more > 0) add(`… and ${grouped(more)} more`);
  }
  return lines;
}

function changedText({ changed, changedKeys }: PlanChangesView): string {
  const names = changedKeys.slice(0, KEYS_SHOWN).map((key) => inSentence(keyLabel(key)));
  const more = changed > names.length ? ', …' : '';
  return `${pluralOf(changedKeys, changed, 'more ')} changed meanwhile: ${names.join(', ')}${more}`;
}

/** `keys`: those of them that are named. */
function pluralOf(keys: readonly KeyName[], count: number, more = ''): string {
  const hasParts = keys.some(({ part }) => part !== undefined);
  return hasParts
    ? plural(count, `${more}key or part of one`, `${more}keys or parts of them`)
    : plural(count, `${more}key`);
}

function otherTable(keys: readonly OtherOutcomeView[], nowMs: number, page: Page): string {
  const rows = keys
    .slice(0, ROWS_SHOWN)
    .map(({ shown, shownMembers, now, nowMembers, reason, ...key }) => [
      `${keyLabel(key)}${key.database === 0 ? '' : `\n(db ${key.database})`}`,
      standingText(shown, shownMembers, nowMs),
      standingText(now, nowMembers, nowMs),
      reason,
    ]);
  return table(COLUMNS, rows, page, { style: 'grid' });
}

function standingText(entry: EntryFacts | null, members: readonly string[], nowMs: number): string {
  if (members.length === 0) return 'not in the plan';
  return `${entry === null ? 'no change' : versionText(entry, nowMs)}\nof ${members.join(' ')}`;
}
