import type { IncidentView } from '../../admin/protocol/api.js';
import { humanDuration } from '../../operations/common/durations.js';
import { h, s } from '../dom.js';
import { badge } from '../parts.js';
import { count, moment, namesText, signOf, sum } from '../words.js';

/** What became of each time that islands wrote apart, and of each undo: bars over time, and below them a line for each. */
export function timelineView(
  past: readonly IncidentView[],
  nowMs: number,
  width: number,
  actions: (incident: IncidentView) => Node | null,
): HTMLElement {
  if (past.length === 0)
    return h('p', { class: 'empty' }, 'No incident so far: islands have not written apart, and nothing was set aside.');
  return h(
    'div',
    { class: 'timeline' },
    barsView(past, nowMs, width),
    h('ol', { class: 'incidents' }, ...past.map((incident) => incidentView(incident, nowMs, actions(incident)))),
  );
}

// ---

const ROW = 16;
const BARS_MAX = 12;
const AXIS = 20;
/** So that a short one is seen. */
const BAR_MIN = 5;

function barsView(past: readonly IncidentView[], nowMs: number, width: number): SVGElement {
  const shown = past.slice(0, BARS_MAX);
  const fromMs = Math.min(...shown.map(({ separatedMs }) => separatedMs));
  const spanMs = Math.max(60_000, nowMs - fromMs);
  const x = (atMs: number) => (width * (atMs - fromMs)) / spanMs;
  const height = shown.length * ROW + AXIS;
  return s(
    'svg',
    {
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      class: 'bars',
      role: 'img',
      'aria-label': 'Incidents over time; told below',
    },
    ...shown.flatMap((incident, row) => {
      const { state, separatedMs, detectedMs, resolvedMs, id } = incident;
      const start = Math.min(x(separatedMs), width - BAR_MIN);
      const end = x(resolvedMs ?? nowMs);
      const { tone, word } = signOf(state);
      const y = row * ROW + 3;
      const bar = s('rect', {
        class: `bar ${tone}`,
        x: start,
        y,
        width: Math.max(BAR_MIN, end - start),
        height: ROW - 6,
        rx: 2,
      });
      bar.append(s('title', {}, `${id}: ${word}`));
      return [bar, s('line', { class: 'found', x1: x(detectedMs), y1: y - 1, x2: x(detectedMs), y2: y + ROW - 5 })];
    }),
    ...[fromMs, fromMs + spanMs / 2, fromMs + spanMs].map((atMs, i) => {
      const anchor = ['start', 'middle', 'end'][i]!;
      return s('text', { x: x(atMs), y: height - 5, 'text-anchor': anchor }, moment(atMs, nowMs));
    }),
  );
}

function incidentView(incident: IncidentView, nowMs: number, actions: Node | null): HTMLElement {
  const { id, state, separatedMs, resolvedMs, islands, problem } = incident;
  const lasted = humanDuration(Math.max(0, (resolvedMs ?? nowMs) - separatedMs));
  const when = `${moment(separatedMs, nowMs)}, ${resolvedMs === null ? `for ${lasted} so far` : lasted}`;
  const who = islands.map(({ members }) => namesText(members)).join(' | ');
  return h(
    'li',
    {},
    h('p', { class: 'line' }, badge(state), h('code', {}, id), h('span', { class: 'muted' }, when), h('span', {}, who)),
    h('p', { class: 'muted' }, howText(incident)),
    problem === null ? null : h('p', { class: 'problem' }, badge('problem'), ` ${problem}`),
    actions,
  );
}

function howText({ strategy, by, asked, executor, counts, setAside, undoes, state }: IncidentView): string {
  const whose = asked ?? (by === 'on-heal' ? 'the cluster itself' : null);
  const how = [
    undoes === null ? (strategy === null ? 'not resolved yet' : strategy) : `undo of ${undoes.incident}`,
    ...(whose === null ? [] : [`by ${whose}`]),
    ...(executor === null ? [] : [`carried out by ${executor}`]),
  ].join(', ');
  if (state === 'open' || counts === null) return how;
  const carried = sum(counts.onlyHere);
  return `${how}; ${count(counts.conflicts, 'conflict')}, ${count(carried, 'change')} of one island, ${count(setAside, 'value')} set aside`;
}
