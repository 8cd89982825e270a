import type { State } from './state.js';

/** How Redis differs from what the node has under a key. */
export interface Difference {
  /**
   * What Redis may hold by what the node knows and did: what it was last known to hold first, and then what the node may have
   * written to it without having heard how that ended. Any of them, found there, is no write of the application.
   */
  readonly bases: readonly State[];
  /** Whether Redis is to get what the node has; false: it evicted the key, and need not have it back. */
  readonly wanted: boolean;
  /** The key was not compared since the node was attached: Redis may also hold nothing. */
  readonly isUnsure?: boolean;
  /** It is missing in Redis, and may as well have been deleted as evicted. */
  readonly isDoubtful?: boolean;
}

/** Of a key that Redis does not have and is to get: one object for all of them, since they come by tens of thousands a second. */
export const ABSENT: Difference = { bases: [null], wanted: true, isUnsure: false, isDoubtful: false };

/** A key of the ledger. */
export class Row {
  /**
   * Whether Redis may have got the entry, as it is, by an attempt before this one, whose end nobody heard of; null: it was not
   * sent. Of those that were wanted before a start it may.
   */
  sent: boolean | null = null;
  /**
   * The base that Redis holds only if the attempt that is under way has written it, its entry having been replaced since;
   * undefined: there is none.
   */
  underWay: State | undefined = undefined;
  /** The record that it is kept in. */
  page: Page | null = null;
  /** Its neighbours among those that wait, and since when it does. */
  before: Row | null = null;
  after: Row | null = null;
  sinceMs = 0;

  constructor(
    readonly id: string,
    public difference: Difference,
  ) {}
}

/** Rows that are kept in one record. */
export interface Page {
  readonly name: string;
  /** Those among them that say so are on this page; the others were settled. */
  rows: Row[];
  left: number;
  /** Whether the storage has it. */
  isKept: boolean;
}

// ---------------------------------------------------------------------------------------------------------------------

type KeptState = [] | [digest: string, expiryMs: number, elements?: string];

/** Flags: 1 wanted, 2 unsure, 4 doubtful; then the base where there is one, or the bases where there are many. */
type Kept = [flags: number, ...base: KeptState] | [flags: number, bases: KeptState[]];

/** As it is kept, and short. An id alone: Redis does not have the key, and is to get it. */
export type KeptRow = string | [id: string, ...kept: Kept];

export function encodeRow({ id, difference }: Row): KeptRow {
  if (difference === ABSENT) return id;
  const { bases, wanted, isUnsure = false, isDoubtful = false } = difference;
  const flags = (wanted ? 1 : 0) | (isUnsure ? 2 : 0) | (isDoubtful ? 4 : 0);
  const kept = bases.map(keptOf);
  return kept.length > 1 ? [id, flags, kept] : [id, flags, ...kept[0]!];
}

export function decodeRow(kept: KeptRow): Row {
  if (typeof kept === 'string') return new Row(kept, ABSENT);
  const [id, flags, ...base] = kept;
  const bases = Array.isArray(base[0]) ? base[0].map(stateOfKept) : [stateOfKept(base as KeptState)];
  return new Row(id, { bases, wanted: (flags & 1) !== 0, isUnsure: (flags & 2) !== 0, isDoubtful: (flags & 4) !== 0 });
}

function keptOf(state: State): KeptState {
  if (state === null) return [];
  const { digest, expiryMs, elements } = state;
  return elements === undefined ? [digest, expiryMs] : [digest, expiryMs, elements];
}

function stateOfKept([digest, expiryMs, elements]: KeptState): State {
  if (digest === undefined || expiryMs === undefined) return null;
  return elements === undefined ? { digest, expiryMs } : { digest, expiryMs, elements };
}
