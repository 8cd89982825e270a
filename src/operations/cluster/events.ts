import { type AdminClient, withClient } from '../../admin/client/client.js';
import type { AdminApi, EventView } from '../../admin/protocol/api.js';
import { errorText } from '../../admin/protocol/error-text.js';
import { OperatorError } from '../../core/model/errors.js';
import { type SilentMember, surveyCluster } from '../common/survey.js';

/** An event, and at whom. */
export interface EventSeen extends EventView {
  readonly name: string;
  readonly replica: string;
}

/** What was read at a time. */
export interface EventsSeen {
  /** In order of time. */
  readonly events: readonly EventSeen[];
  /** Earlier ones that there are, beyond the limit. */
  readonly leftOut: number;
  /** Events that a node does not have any more. */
  readonly missed: readonly { readonly name: string; readonly replica: string; readonly events: number }[];
  readonly silent: readonly SilentMember[];
}

export interface EventQuery {
  readonly sinceMs: number;
  /** Empty: all. */
  readonly kinds: readonly string[];
  /** The latest so many of each node. */
  readonly limit: number;
  /** Of all members that answer, not of this node alone. */
  readonly all: boolean;
}

/** Where a reader is, at one node. */
export interface EventCursor {
  readonly address: string;
  readonly name: string;
  readonly replica: string;
  after: number;
}

export interface EventReading {
  readonly seen: EventsSeen;
  readonly cursors: readonly EventCursor[];
}

/** How long a node keeps an answer back while nothing happens: less than it may be silent. */
const WAIT_MS = 2000;
const PAGE = 500;
const RETRY_MS = 1000;

/** What is kept of the past. @throws OperatorError `not-reachable`, `usage` for a kind that there is not */
export async function readEvents(address: string, query: EventQuery): Promise<EventReading> {
  const { places, silent } = await placesOf(address, query.all);
  const parts = await Promise.all(
    places.map(async (place) => {
      try {
        return await withClient(place.address, (client) => readAll(client, place.address, query));
      } catch (error) {
        if (!query.all || isRefused(error)) throw error;
        const { name, replica } = place;
        return { name, replica, address: place.address, problem: errorText(error) };
      }
    }),
  );
  const read = parts.flatMap((part) => ('problem' in part ? [] : [part]));
  const lost = parts.flatMap((part) => ('problem' in part ? [part] : []));
  return {
    seen: {
      events: read.flatMap(({ events }) => events).sort(byTime),
      leftOut: read.reduce((sum, part) => sum + part.leftOut, 0),
      missed: read.flatMap((part) => part.missed),
      silent: [...silent, ...lost],
    },
    cursors: read.map(({ cursor }) => cursor),
  };
}

/**
 * What happens from there on, until the signal. A node that goes away is told of once, and asked again until it is back: what it
 * recorded meanwhile is read then.
 */
export async function followEvents(
  cursors: readonly EventCursor[],
  kinds: readonly string[],
  signal: AbortSignal,
  onSeen: (seen: EventsSeen) => void,
): Promise<void> {
  await Promise.all(cursors.map((cursor) => followOne(cursor, kinds, signal, onSeen)));
}

// ---

type Place = Pick<EventCursor, 'address' | 'name' | 'replica'>;

interface Part {
  readonly events: EventSeen[];
  readonly leftOut: number;
  readonly missed: EventsSeen['missed'];
  readonly cursor: EventCursor;
}

async function placesOf(address: string, all: boolean): Promise<{ places: Place[]; silent: readonly SilentMember[] }> {
  if (!all) return { places: [{ address, name: '', replica: '' }], silent: [] };
  const { answers, silent, asked, askedAddress } = await surveyCluster(address);
  // The one that was asked may be reached at another address than the others reach it at.
  const addressOf = (self: Place): string => (self.replica === asked.self.replica ? askedAddress : self.address);
  const places = answers.map(({ self }) => ({ address: addressOf(self), name: self.name, replica: self.replica }));
  return { places, silent };
}

async function readAll(client: AdminClient, address: string, { sinceMs, kinds, limit }: EventQuery): Promise<Part> {
  let events: EventSeen[] = [];
  let leftOut = 0;
  let missed = 0;
  for (let after = 0; ; ) {
    const reply = await client.call('EVENTS', { after, sinceMs, limit: PAGE, ...kindsOf(kinds) });
    const { name, replica } = reply;
    events.push(...reply.events.map((event) => ({ ...event, name, replica })));
    if (events.length > limit) {
      leftOut += events.length - limit;
      events = events.slice(-limit);
    }
    missed += reply.missed;
    after = reply.next;
    if (reply.hasMore) continue;
    return { events, leftOut, missed: missedOf(reply, missed), cursor: { address, name, replica, after } };
  }
}

async function followOne(
  cursor: EventCursor,
  kinds: readonly string[],
  signal: AbortSignal,
  onSeen: (seen: EventsSeen) => void,
): Promise<void> {
  let isTold = false;
  while (!signal.aborted) {
    try {
      await withClient(cursor.address, async (client) => {
        const close = (): void => client.close();
        signal.addEventListener('abort', close, { once: true });
        try {
          for (; !signal.aborted; isTold = false) await followOnce(client, cursor, kinds, onSeen);
        } finally {
          signal.removeEventListener('abort', close);
        }
      });
    } catch (error) {
      if (signal.aborted) return;
      if (isRefused(error)) throw error;
      const { name, replica, address } = cursor;
      if (!isTold) onSeen({ ...NOTHING, silent: [{ name, replica, address, problem: errorText(error) }] });
      isTold = true;
      await pause(RETRY_MS, signal);
    }
  }
}

async function followOnce(
  client: AdminClient,
  cursor: EventCursor,
  kinds: readonly string[],
  onSeen: (seen: EventsSeen) => void,
): Promise<void> {
  const { after } = cursor;
  const request: AdminApi['EVENTS']['request'] = { after, limit: PAGE, waitMs: WAIT_MS, ...kindsOf(kinds) };
  const reply = await client.call('EVENTS', request);
  const { name, replica } = reply;
  if (replica !== cursor.replica) {
    // A node that keeps nothing came back as another member: its events begin anew.
    Object.assign(cursor, { name, replica, after: 0 });
    return;
  }
  cursor.after = reply.next;
  const events = reply.events.map((event) => ({ ...event, name, replica }));
  const missed = missedOf(reply, reply.missed);
  if (events.length > 0 || missed.length > 0) onSeen({ ...NOTHING, events, missed });
}

function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, durationMs);
    signal.addEventListener('abort', end);
  });
}

const NOTHING: EventsSeen = { events: [], leftOut: 0, missed: [], silent: [] };

function missedOf({ name, replica }: Pick<Place, 'name' | 'replica'>, events: number): EventsSeen['missed'] {
  return events === 0 ? [] : [{ name, replica, events }];
}

function kindsOf(kinds: readonly string[]): { kinds?: string[] } {
  return kinds.length === 0 ? {} : { kinds: [...kinds] };
}

/** What another try does not change. */
function isRefused(error: unknown): boolean {
  return error instanceof OperatorError && error.code !== 'not-reachable';
}

function byTime(a: EventSeen, b: EventSeen): number {
  return a.atMs - b.atMs || (a.name < b.name ? -1 : a.name > b.name ? 1 : a.seq - b.seq);
}
