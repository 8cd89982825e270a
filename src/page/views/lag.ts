import type { Look } from '../../operations/dashboard/look.js';
import { h, s, show } from '../dom.js';
import type { LagPoint, LagSeries } from '../lag-series.js';
import { grouped, moment } from '../words.js';

/** Of more members than these only those that lagged have a strip. */
const FEW_MAX = 6;

/**
 * Lag over time: a strip for each member, all on one scale and one axis of time, so that they can be compared without a colour for each. A
 * slider chooses the moment of which the numbers are shown: it works by touch and by arrow keys.
 */
export class LagView {
  readonly element: HTMLElement;
  private readonly strips = h('div', { class: 'strips' });
  private readonly chosen = h('output', { for: 'lag-time' });
  private readonly slider: HTMLInputElement;
  /** Steps back from the latest point; 0: it follows what comes. */
  private back = 0;
  private look: Look | null = null;

  constructor(private readonly series: LagSeries) {
    this.slider = h('input', {
      ...{ id: 'lag-time', type: 'range', min: 0, max: 0, value: 0, step: 1 },
      input: () => {
        this.back = Number(this.slider.max) - Number(this.slider.value);
        this.draw();
      },
    });
    const label = h('label', { for: 'lag-time' }, this.chosen);
    this.element = h('div', { class: 'lag' }, this.strips, h('div', { class: 'lag-time' }, label, this.slider));
  }

  update(look: Look): void {
    this.look = look;
    this.draw();
  }

  private draw(): void {
    const { look } = this;
    const { points } = this.series;
    if (look === null || points.length === 0) return;
    const others = look.members.filter(({ name }) => name !== look.asked);
    this.element.hidden = false;
    if (others.length === 0) {
      show(this.strips, h('p', { class: 'empty' }, 'This node has no peers yet: there is nobody who could lag.'));
      this.slider.disabled = true;
      return;
    }
    const last = points.length - 1;
    this.slider.disabled = last === 0;
    this.slider.max = String(last);
    this.back = Math.min(this.back, last);
    this.slider.value = String(last - this.back);
    const point = points[last - this.back]!;
    const text = this.back === 0 ? 'Now' : moment(point.atMs, look.nowMs);
    this.chosen.value = text;
    this.slider.setAttribute('aria-valuetext', `${text}: ${others.map((one) => saidOf(one, point)).join(', ')}`);
    const most = Math.max(1, ...points.flatMap(({ lags }) => [...lags.values()].map((lag) => lag ?? 0)));
    const span = { fromMs: points[0]!.atMs, toMs: points[last]!.atMs };
    const lagged = others.filter(({ replica }) => points.some(({ lags }) => (lags.get(replica) ?? 0) > 0));
    const drawn = others.length > FEW_MAX ? lagged : others;
    const rest = others.filter((one) => !drawn.includes(one)).map(({ name }) => name);
    show(
      this.strips,
      ...drawn.map(({ name, replica }) => stripView(name, replica, points, point, span, most)),
      axisView(span, most, look.nowMs),
      rest.length === 0 ? null : h('p', { class: 'muted' }, `Without lag all the time: ${rest.join(' ')}`),
    );
  }
}

// ---

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Of a picture that is stretched to the room there is. */
const WIDTH = 600;
const HEIGHT = 30;
/** Letters at the end of a name that are always shown: names that begin alike are told apart by them. */
const TAIL = 5;

function stripView(
  name: string,
  replica: string,
  points: readonly LagPoint[],
  chosen: LagPoint,
  { fromMs, toMs }: Span,
  most: number,
): HTMLElement {
  const x = (atMs: number) => (WIDTH * (atMs - fromMs)) / Math.max(1, toMs - fromMs);
  const y = (lag: number) => HEIGHT - 1 - ((HEIGHT - 3) * lag) / most;
  const known = points.flatMap(({ atMs, lags }) => {
    const lag = lags.get(replica) ?? null;
    return lag === null ? [] : [`${x(atMs).toFixed(1)},${y(lag).toFixed(1)}`];
  });
  const at = x(chosen.atMs);
  const first = known[0]?.split(',')[0] ?? 0;
  const end = known.at(-1)?.split(',')[0] ?? 0;
  const lag = chosen.lags.get(replica) ?? null;
  return h(
    'div',
    { class: 'strip' },
    h('span', { class: 'name', title: name }, h('span', {}, name.slice(0, -TAIL)), h('span', {}, name.slice(-TAIL))),
    s(
      'svg',
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      known.length < 2 ? null : s('polygon', { points: `${first},${HEIGHT} ${known.join(' ')} ${end},${HEIGHT}` }),
      known.length < 2 ? null : s('polyline', { points: known.join(' ') }),
      s('line', { class: 'base', x1: 0, y1: HEIGHT - 0.5, x2: WIDTH, y2: HEIGHT - 0.5 }),
      s('line', { class: 'cursor', x1: at, y1: 0, x2: at, y2: HEIGHT }),
    ),
    h('span', { class: 'number' }, lag === null ? '–' : grouped(lag)),
  );
}

function axisView({ fromMs, toMs }: Span, most: number, nowMs: number): HTMLElement {
  const middle = fromMs + (toMs - fromMs) / 2;
  return h(
    'div',
    { class: 'strip axis' },
    h('span', {}),
    h('span', { class: 'times' }, ...[fromMs, middle, toMs].map((atMs) => h('span', {}, moment(atMs, nowMs)))),
    h('span', { class: 'number' }, `0–${grouped(most)}`),
  );
}

function saidOf({ name, replica }: { name: string; replica: string }, { lags }: LagPoint): string {
  const lag = lags.get(replica) ?? null;
  return `${name} ${lag === null ? 'not known' : lag}`;
}
