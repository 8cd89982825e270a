import type { By } from '../../../node/events/event.js';

/** What EVENTS replies. */

/** A change of state at a node, or an act of an operator. */
export interface EventView {
  /** Counts up at its node. */
  seq: number;
  atMs: number;
  level: 'info' | 'warn' | 'error';
  /** A stable word; those of a newer node may be unknown. */
  kind: string;
  subject: string | null;
  /** What was told before is over. */
  over: boolean;
  message: string;
  by: By | null;
  /** The message names keys of clients. */
  keys: boolean;
}

/**
 * MNEME EVENTS {"after", "sinceMs"?, "kinds"?, "limit"?, "waitMs"?, "remarks"?}: events after that number (0: all that are kept). If
 * there are none it waits so long for one. A reader that asks again with `next` misses none, however slow it is, unless it is told so.
 */
export interface EventsReply {
  name: string;
  replica: string;
  events: EventView[];
  /** Where to go on. */
  next: number;
  /** Events that are gone: too many or too old for what is kept, or lost by a disk that failed. */
  missed: number;
  hasMore: boolean;
  /** The latest lines of the log that are no events; absent: they were not asked for. */
  remarks?: { atMs: number; level: 'info' | 'warn' | 'error'; message: string }[];
}
