import type { EventSeen, EventsSeen } from '../../operations/cluster/events.js';
import type { Listing, ListView } from '../lists/listing.js';
import type { View } from '../page.js';
import { paletteOf } from './palette.js';
import { columnsOf, escapeText } from './text.js';
import { fullTime } from './time.js';

interface Shown {
  readonly seen: EventsSeen;
  /** Of several nodes: each line says of which. */
  readonly all: boolean;
}

export const eventsView: ListView<Shown> = (shown, page, whole = shown) => {
  const { events, leftOut } = whole.seen;
  const before = leftOut === 0 ? [] : [`(${leftOut} earlier ones: --lines shows more)`];
  const none = events.length === 0 ? ['nothing happened in that time; --since goes further back'] : [];
  return [...before, followedView(shown, page), ...none].filter((text) => text !== '').join('\n');
};

export const followedView: View<Shown> = ({ seen, all }, { color }) => {
  const { dim, warn } = paletteOf(color);
  const { events, missed, silent } = seen;
  const width = Math.max(0, ...events.map(({ name }) => columnsOf(name)));
  return [
    ...missed.map(({ name, events: count }) => warn(`(${count} events of ${name} are kept no more)`)),
    ...silent.map(({ name, address, problem }) =>
      warn(`(${name === '' ? address : name} does not answer: ${problem})`),
    ),
    ...events.map((event) => {
      const node = all ? `${event.name}${' '.repeat(width - columnsOf(event.name))}  ` : '';
      return `${dim(timeOf(event.atMs))}  ${node}${event.kind.padEnd(KIND_COLUMNS)}  ${painted(event, color)}`;
    }),
  ].join('\n');
};

export const eventListing: Listing<Shown, EventSeen> = {
  columns: [
    { head: 'TIME', by: ({ atMs }) => atMs, cell: ({ atMs }) => timeOf(atMs) },
    { head: 'NODE', overflow: 'wrap', by: ({ name }) => name },
    { head: 'KIND', by: ({ kind }) => kind },
    {
      head: 'LEVEL',
      by: ({ level }) => level,
      cell: ({ level }, { bad, warn }) =>
        level === 'info' ? level : { text: level, paint: level === 'error' ? bad : warn },
    },
    { head: 'WHAT', overflow: 'wrap', min: 20, by: ({ message }) => escapeText(message) },
  ],
  rows: ({ seen }) => seen.events,
  with: (shown, events) => ({ ...shown, seen: { ...shown.seen, events } }),
  name: ({ name, seq }) => `${name}:${seq}`,
  view: eventsView,
  latest: true,
};

const KIND_COLUMNS = 11;

function painted({ level, message }: EventSeen, color: boolean): string {
  const { bad, warn } = paletteOf(color);
  const text = escapeText(message);
  return level === 'error' ? bad(text) : level === 'warn' ? warn(text) : text;
}

function timeOf(unixMs: number): string {
  return `${fullTime(unixMs)}.${String(new Date(unixMs).getMilliseconds()).padStart(3, '0')}`;
}
