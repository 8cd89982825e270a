import type { InnerLoop } from './inner-loop.js';

/** The memory in which a store's entries lie, as far as whoever has code compiled to work on it may use it. */
export interface Workspace {
  /** What the code offers: the store's part, and the parts of those whose code is compiled along with it (see bin/build.js). */
  readonly code: InnerLoop;
  /** What the code is to work on. Keys and values that it writes lie here. */
  readonly input: Buffer;
  /** What it makes of them. */
  readonly output: Buffer;
  /** A few words of what else came out of it. */
  readonly results: Int32Array;
}

/** Work on many keys in one go, by compiled code that reads and writes entries where they lie. */
export interface Batch {
  /** It may begin with work on parts of keys, and may do that: all members take them. The latter is said by whoever has the keys. */
  readonly wantsParts: boolean;
  takesParts: boolean;
  /** After a call: what stood in the way of the work that comes next will not at another call. Said by whoever has the keys. */
  isToRepeat: boolean;
  /** Calls the code. The workspace is good for the length of the call. */
  perform(workspace: Workspace): void;
}

/** So many writes at most in one batch: the code has room to tell of no more. */
export const BATCH_WRITES_MAX = 512;
