import type { PlanReply } from '../../admin/protocol/api.js';
import { humanBytes } from '../../operations/common/sizes.js';
import type { PlanShown } from '../../operations/dashboard/questions.js';
import { h } from '../dom.js';
import { count, grouped, sum, textOf } from '../words.js';

/** What a plan comes to, before its keys one by one. */
export function planSummary({ plan, strategy, picks }: PlanShown): HTMLElement {
  const { counts, absent, summary } = plan;
  const setAside = sum(counts.overridden);
  const left = counts.manual ?? 0;
  const how = strategy.startsWith('promote:') ? `Promote ${strategy.slice(8)}` : `Merge by ${strategy}`;
  const bytes = sum(summary?.setAsideBytes ?? []);
  const wholeKeys = summary?.wholeKeys ?? 0;
  return h(
    'div',
    { class: 'summary' },
    h(
      'p',
      {},
      h('strong', {}, how),
      picks === null ? '' : `, with ${count(picks.held, 'pick')} of yours`,
      '. Nothing is changed yet.',
    ),
    h(
      'ul',
      {},
      h(
        'li',
        {},
        `${count(counts.conflicts, 'conflict')}: ${hasParts(plan) ? 'keys, or parts of them,' : 'keys'} that several islands changed`,
      ),
      left === 0
        ? null
        : h('li', { class: 'warn' }, `▲ ${grouped(left)} of them left to you: pick below before it is carried out`),
      counts.uncertain === 0
        ? null
        : h('li', { class: 'warn' }, `▲ ${grouped(counts.uncertain)} uncertain: closer in time than the clocks agree`),
      h('li', {}, `${count(sum(counts.onlyHere), 'change')} of one island alone`),
      h(
        'li',
        {},
        `${count(setAside, 'value')} set aside${bytes === 0 ? '' : ` (${humanBytes(bytes)})`}: kept, and an undo brings them back`,
      ),
      wholeKeys === 0
        ? null
        : h(
            'li',
            {},
            wholeKeys === 1
              ? '1 key stands as one island has it as a whole: all else that others have of it is set aside too'
              : `${grouped(wholeKeys)} keys stand as one island has them as a whole: all else that others have of them is set aside too`,
          ),
      absent.length === 0
        ? null
        : h('li', { class: 'warn' }, `▲ out of reach, and compared on their return: ${absent.join(', ')}`),
      picks === null || picks.changed.count === 0
        ? null
        : h('li', { class: 'warn' }, `▲ ${count(picks.changed.count, 'pick')} of keys written since: pick anew`),
    ),
    h('div', { class: 'scroll' }, islandTable(plan)),
    summary === null || summary.groups.length < 2
      ? null
      : h('details', {}, h('summary', {}, 'By how keys begin'), h('div', { class: 'scroll' }, groupTable(summary))),
  );
}

/** Whether its rows are about parts of keys, too. */
export function hasParts({ conflicts, summary }: PlanReply): boolean {
  return (summary?.total.parts ?? 0) > 0 || conflicts.some(({ part }) => part !== undefined);
}

/** @param texts how many columns are text; the others are numbers */
function table(heads: readonly string[], rows: readonly string[][], texts: number): HTMLElement {
  const style = (i: number) => (i < texts ? {} : { class: 'number' });
  return h(
    'table',
    {},
    h('thead', {}, h('tr', {}, ...heads.map((text, i) => h('th', { scope: 'col', ...style(i) }, text)))),
    h('tbody', {}, ...rows.map((row) => h('tr', {}, ...row.map((text, i) => h('td', style(i), text))))),
  );
}

// ---

function islandTable({ islands, counts, summary }: PlanReply): HTMLElement {
  const rows = islands.map(({ members, changedOnlyHere }, i) => [
    String(i + 1),
    members.join(' '),
    grouped(changedOnlyHere),
    grouped(summary?.stands[i] ?? 0),
    grouped(counts.overridden[i] ?? 0),
  ]);
  return table(['Island', 'Members', 'Only here', 'Stands', 'Set aside'], rows, 2);
}

function groupTable(summary: NonNullable<PlanReply['summary']>): HTMLElement {
  const withParts = (summary.total.parts ?? 0) > 0;
  const rows = summary.groups.map(({ prefixBase64, keys, parts = 0, conflicts, setAside }) => [
    prefixBase64 === '' ? '(no prefix)' : `${textOf(prefixBase64, true)}…`,
    grouped(keys),
    ...(withParts ? [grouped(parts)] : []),
    grouped(conflicts),
    grouped(setAside),
  ]);
  const heads = ['Keys that begin with', 'Keys', ...(withParts ? ['Parts'] : []), 'Conflicts', 'Set aside'];
  return table(heads, rows, 1);
}
