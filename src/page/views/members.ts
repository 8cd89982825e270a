import { humanDuration } from '../../operations/common/durations.js';
import type { Look } from '../../operations/dashboard/look.js';
import { h } from '../dom.js';
import { badge } from '../parts.js';
import { grouped } from '../words.js';

/** All members in a table, as the node sees them and they themselves. */
export function membersView({ members, asked, nowMs, islands }: Look): HTMLElement {
  const apart = islands.length > 1;
  const head = ['Member', 'State', ...(apart ? ['Island'] : []), 'Entries', 'Lag', 'Clock', 'Heard'];
  const numbers = new Set(['Island', 'Entries', 'Lag', 'Clock', 'Heard']);
  return h(
    'div',
    { class: 'scroll' },
    h(
      'table',
      { class: 'members' },
      h(
        'thead',
        {},
        h('tr', {}, ...head.map((text) => h('th', { scope: 'col', class: numbers.has(text) ? 'number' : '' }, text))),
      ),
      h('tbody', {}, ...members.map((member) => rowOf(member, member.name === asked, apart, nowMs))),
    ),
  );
}

// ---

const UNKNOWN = '–';

function rowOf(member: Look['members'][number], isAsked: boolean, apart: boolean, nowMs: number): HTMLElement {
  const { name, address, state, answers, island, entries, lagWrites, clockSkewMs, lastHeardMs, joinProgress } = member;
  const progress = joinProgress === null ? '' : ` ${Math.round(joinProgress * 100)} %`;
  const heard = isAsked
    ? 'this node'
    : lastHeardMs === null
      ? 'never'
      : humanDuration(Math.max(0, nowMs - lastHeardMs));
  const number = (text: string) => h('td', { class: 'number' }, text);
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, name, h('span', { class: 'address' }, address)),
    h('td', {}, badge(state), progress, answers ? null : h('span', { class: 'address' }, 'does not answer here')),
    apart ? number(island === null ? UNKNOWN : String(island)) : null,
    number(entries === null ? UNKNOWN : grouped(entries)),
    number(isAsked || lagWrites === null ? UNKNOWN : grouped(lagWrites)),
    number(clockSkewMs === null ? UNKNOWN : `${clockSkewMs > 0 ? '+' : ''}${Math.round(clockSkewMs)} ms`),
    number(heard),
  );
}
