import type { LinkState } from '../../admin/protocol/api.js';
import type { Look } from '../../operations/dashboard/look.js';
import { h, s } from '../dom.js';
import { type Place, ringIn, shortName } from '../ring.js';
import { count, signOf } from '../words.js';

/** Members as a graph: each island in a frame of its own, links between all that see each other. */
export function graphView(look: Look, width: number): HTMLElement {
  const frames = framesOf(look, width);
  const height = Math.max(...frames.map(({ y, size }) => y + size.height)) + 1;
  const places = new Map(frames.flatMap(({ places: own }) => [...own]));
  const links = linksOf(look);
  const frameOf = (name: string) => frames.findIndex(({ places: own }) => own.has(name));
  const across = links.filter(({ one, other }) => frameOf(one) !== frameOf(other));
  const hasMany = across.length > ACROSS_MAX;
  const within = hasMany ? links.filter((link) => !across.includes(link)) : links;
  // So many would hide those that are not well.
  const well = within.length > MARKS_MAX ? within.filter(({ state }) => state === 'in-sync') : [];
  const drawn = within.filter((link) => !well.includes(link));
  const isMarked = drawn.filter(({ state }) => state !== 'in-sync').length <= MARKS_MAX;
  const picture = s(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': describe(look) },
    ...frames.map(frameView),
    ...drawn.flatMap((link) => linkView(link, places, isMarked)),
    ...frames.map(titleView),
    ...look.members.map((member) => memberView(member, places.get(member.name))),
  );
  const told = [
    ...(well.length === 0
      ? []
      : [h('span', {}, signView('good', '●'), ` ${count(well.length, 'link')} in sync, not drawn`)]),
    ...(hasMany ? sumsView(across, frameOf, frames) : []),
  ];
  return h('figure', { class: 'graph' }, picture, h('figcaption', {}, ...statesOf(drawn).map(legendView), ...told));
}

/** Of so many members each has room for its name and its state. */
export const FEW_MAX = 6;

// ---

type Member = Look['members'][number];
interface Frame {
  readonly title: string;
  readonly x: number;
  readonly y: number;
  readonly size: { readonly width: number; readonly height: number };
  readonly places: ReadonlyMap<string, Place>;
}
interface Link {
  readonly one: string;
  readonly other: string;
  readonly state: LinkState;
  readonly isDrill: boolean;
}

const RADIUS = 17;
const GAP = 28;
const NARROW = 520;
/** With a ring among several frames. */
const RINGS_NARROW = 860;
/** More of them would cover what they are about. */
const MARKS_MAX = 24;
/** More links between frames than these are told in numbers: as lines they would hide the members. */
const ACROSS_MAX = 12;

/** What is worse is shown where two ends see a link differently. */
const WORST: readonly LinkState[] = ['down', 'held', 'clock-skew', 'connecting', 'joining', 'catching-up', 'in-sync'];

/** In a row, or on a narrow screen one below the other; wider the more members they have. */
function framesOf({ islands, members }: Look, width: number): Frame[] {
  const others = members.filter(({ name }) => !islands.some((island) => island.members.includes(name)));
  const isWhole = islands.length === 1 && others.length === 0;
  const known = islands.map(({ number, members: names, writes }) => {
    const wrote = writes === null ? '' : `, ${writes} writes apart`;
    return { title: isWhole ? 'One island: all in reach' : `Island ${number}${wrote}`, names };
  });
  if (others.length > 0) known.push({ title: 'No answer from', names: others.map(({ name }) => name) });
  const hasRings = known.length > 1 && known.some(({ names }) => names.length > FEW_MAX);
  const isNarrow = width < (hasRings ? RINGS_NARROW : NARROW);
  const weights = known.map(({ names }) => Math.sqrt(names.length) + 0.6);
  const all = weights.reduce((sum, one) => sum + one, 0);
  const room = width - GAP * (known.length - 1);
  const tallest = Math.max(...known.map(({ names }) => heightOf(names.length, isNarrow)));
  let [x, y] = [0, 0];
  return known.map(({ title, names }, i) => {
    const size = isNarrow
      ? { width, height: heightOf(names.length, isNarrow) }
      : { width: (room * weights[i]!) / all, height: tallest };
    const frame = { title, x, y, size, places: placesIn(names, x, y, size, isNarrow) };
    if (isNarrow) y += size.height + GAP;
    else x += size.width + GAP;
    return frame;
  });
}

function heightOf(members: number, isNarrow: boolean): number {
  if (members === 1 || (members === 2 && isNarrow)) return 124;
  if (members <= FEW_MAX) return members <= 4 ? 220 : 220 + members * 14;
  return Math.min(isNarrow ? 430 : 620, 340 + members * 10);
}

/** Two of an island are not in one line with those of another, whose links would hide theirs. */
function placesIn(names: readonly string[], x: number, y: number, size: Frame['size'], isNarrow: boolean) {
  if (names.length > FEW_MAX) return ringIn(names, { x, y, ...size });
  const small = { radius: RADIUS, outward: null };
  const centre = { x: x + size.width / 2, y: y + size.height / 2 + 4, ...small };
  if (names.length === 1) return new Map<string, Place>([[names[0]!, centre]]);
  const wide = Math.min(size.width / 2 - 44, size.height);
  const high = size.height / 2 - 56;
  const turn = names.length > 2 ? -Math.PI / 2 : isNarrow ? Math.PI : -Math.PI / 2 - 0.5;
  return new Map<string, Place>(
    names.map((name, i) => {
      const angle = turn + (2 * Math.PI * i) / names.length;
      return [name, { x: centre.x + wide * Math.cos(angle), y: centre.y + high * Math.sin(angle), ...small }];
    }),
  );
}

function linksOf({ sights, members }: Look): Link[] {
  const links = new Map<string, Link>();
  for (const { from, to, state, drillCut } of sights) {
    const [one, other] = [from, to].sort() as [string, string];
    const id = `${one} ${other}`;
    const known = links.get(id);
    const isWorse = known === undefined || WORST.indexOf(state) < WORST.indexOf(known.state);
    links.set(id, { one, other, state: isWorse ? state : known.state, isDrill: drillCut || known?.isDrill === true });
  }
  const names = new Set(members.map(({ name }) => name));
  return [...links.values()].filter(({ one, other }) => names.has(one) && names.has(other));
}

function frameView({ x, y, size }: Frame): SVGElement {
  return s(
    'g',
    { class: 'frame' },
    s('rect', { x: x + 0.5, y: y + 0.5, width: size.width - 1, height: size.height - 1, rx: 10 }),
  );
}

/** Above the links, which would run through it. */
function titleView({ title, x, y }: Frame): SVGElement {
  return s('g', { class: 'frame' }, s('text', { x: x + 14, y: y + 22 }, title));
}

function linkView({ one, other, state }: Link, places: ReadonlyMap<string, Place>, isMarked: boolean): SVGElement[] {
  const [a, b] = [places.get(one), places.get(other)];
  if (a === undefined || b === undefined) return [];
  const { tone, glyph, word } = signOf(state);
  const line = s('line', { class: `link ${tone} ${state}`, x1: a.x, y1: a.y, x2: b.x, y2: b.y });
  line.append(s('title', {}, `${one} – ${other}: ${word}`));
  if (state === 'in-sync' || !isMarked) return [line];
  const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  return [
    line,
    s('circle', { class: 'mark-place', cx: middle.x, cy: middle.y, r: 9 }),
    s('text', { class: `mark ${tone}`, x: middle.x, y: middle.y + 4 }, glyph),
  ];
}

function memberView({ name, state, answers }: Member, place: Place | undefined): SVGElement {
  if (place === undefined) return s('g');
  const { x, y, radius, outward } = place;
  const { tone, glyph, word } = signOf(answers ? state : 'down');
  const said = answers ? word : 'no answer';
  const texts =
    outward === null
      ? [
          s('text', { class: 'name', x, y: y + radius + 16 }, shortName(name, 14)),
          s('text', { class: 'word', x, y: y + radius + 30 }, said),
        ]
      : // The words of many are in the table alone: the sign stands for them.
        [rayView(shortName(name), place, outward)];
  return s(
    'g',
    { class: `member ${tone}` },
    s('title', {}, `${name}: ${said}`),
    s('circle', { cx: x, cy: y, r: radius }),
    s('text', { class: 'glyph', x, y: y + 5 }, glyph),
    ...texts,
  );
}

/** A name that runs away from its ring, and never upside down. */
function rayView(text: string, { x, y, radius }: Place, outward: number): SVGElement {
  const isLeft = Math.abs(outward) > 90;
  const turn = isLeft ? outward + 180 : outward;
  const at = (radius + 6) * (isLeft ? -1 : 1);
  const transform = `translate(${x} ${y}) rotate(${turn})`;
  return s('text', { class: isLeft ? 'name ray left' : 'name ray', x: at, y: 4, transform }, text);
}

function legendView(state: LinkState): HTMLElement {
  const { tone, word } = signOf(state);
  const line = s('line', { class: `link ${tone} ${state}`, x1: 1, y1: 5, x2: 31, y2: 5 });
  return h('span', {}, s('svg', { width: 32, height: 10, 'aria-hidden': 'true' }, line), ` link ${word}`);
}

function statesOf(links: readonly Link[]): LinkState[] {
  return [...new Set(links.map(({ state }) => state))].sort();
}

/** Links between frames, by the frames and their state. */
function sumsView(across: readonly Link[], frameOf: (name: string) => number, frames: readonly Frame[]): HTMLElement[] {
  const pairs = frames.flatMap((_, a) => frames.slice(a + 1).map((__, b) => [a, a + 1 + b] as const));
  return pairs.flatMap(([a, b]) => {
    const between = across.filter(({ one, other }) => [frameOf(one), frameOf(other)].sort().join() === `${a},${b}`);
    return statesOf(between).map((state) => {
      const { tone, glyph, word } = signOf(state);
      const number = between.filter((link) => link.state === state).length;
      return h('span', {}, signView(tone, glyph), ` ${count(number, 'link')} ${word} between ${a + 1} and ${b + 1}`);
    });
  });
}

function signView(tone: string, glyph: string): HTMLElement {
  return h('span', { class: `glyph ${tone}`, 'aria-hidden': 'true' }, glyph);
}

/** For those who do not see it. */
function describe({ islands, members }: Look): string {
  const parts = islands.map(({ number, members: names }) => `island ${number}: ${names.join(', ')}`);
  return `${members.length} members; ${parts.join('; ')}`;
}
