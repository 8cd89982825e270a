/**
 * How much of a long task is done between other events, and how much of an answer goes into one message. The defaults suit real
 * machines; a simulation makes them small, so that even few entries take many steps, and everything happens in between.
 */
export interface Slices {
  /** Rows in one message of changes: small, so that beats and the other group are never far behind. */
  readonly batchBytes: number;
  /** Rows of one answer to a read. */
  readonly readBytes: number;
  /** A part of a snapshot; it may take twice as much. One entry of any size fits. */
  readonly partBytes: number;
  /** Keys of a resolution or an undo handled in one step: a millisecond or two. */
  readonly keys: number;
  /** Steps of one turn at most, as far as `turnMs` allows. */
  readonly steps: number;
  /** How long a turn works on what operators wait for; then it is the clients' time. */
  readonly turnMs: number;
  /** If the rest of the turn took longer, that long, up to this bound: otherwise long turns would leave it almost nothing. */
  readonly turnMsMax: number;
}

export const SLICES: Slices = {
  batchBytes: 128 * 1024,
  readBytes: 256 * 1024,
  partBytes: 64 * 1024,
  keys: 256,
  steps: 64,
  turnMs: 4,
  turnMsMax: 16,
};
