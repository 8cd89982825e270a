import type { Batch, Workspace } from '../../engines/batch.js';
import type { InnerLoop } from '../../engines/inner-loop.js';
import { copyBytes } from './codec/copy-bytes.js';

/** The commands that compiled code performs, by the numbers that it has for them (see assembly/reading.ts). */
export const SHORT_COMMANDS = [
  ...['get', 'set', 'hget', 'hset', 'sadd', 'sismember', 'zadd', 'incr', 'zscore', 'zrank'],
  ...['zrange', 'zrevrange', 'zrangebyscore', 'zrevrangebyscore'],
] as const;

/**
 * Requests of one client as they came, GET and SET without options, commands of one part, and ranges of sorted sets among them, which compiled
 * code performs from the first one on, as far as there is a short way. One object serves all calls.
 */
export class RequestBatch implements Batch {
  bytes: Buffer = NONE;
  /** Where the requests begin; after a call, where the first one begins that was not performed. */
  from = 0;
  end = 0;
  database = 0;
  nowMs = 0;
  /** Of the replies: RESP2 or RESP3. */
  protocol: 2 | 3 = 2;

  /** Commands of parts are to be performed with the others; and they may be, for all that the keys' home knows. */
  mayHaveParts = false;
  takesParts = false;
  isToRepeat = false;

  /** How many a call has performed, of each kind too, and the kind of the last one. The first `replyBytes` of `replies` are the replies. */
  performed = 0;
  readonly counts = new Int32Array(SHORT_COMMANDS.length);
  lastCommand: string = SHORT_COMMANDS[0];
  replies: Buffer = NONE;
  replyBytes = 0;

  /** Where GET or SET come first, the others are left to the next call: most clients know no others. */
  get wantsParts(): boolean {
    return this.mayHaveParts && this.bytes[this.from + 5] !== THREE;
  }

  perform({ code, input, output, results }: Workspace): void {
    const length = Math.min(this.end - this.from, INPUT_BYTES);
    copyBytes(this.bytes, this.from, length, input, 0);
    this.performed = (code as RequestLoop).performRequests(
      length,
      this.database,
      this.nowMs,
      this.protocol,
      this.takesParts ? 1 : 0,
    );
    this.from += results[0]!;
    this.replies = output;
    this.replyBytes = results[1]!;
    this.lastCommand = SHORT_COMMANDS[results[2]!]!;
    for (let kind = 0; kind < SHORT_COMMANDS.length; kind++) this.counts[kind] = results[4 + kind]!;
  }

  /** Lets go of what came of it, and of all memory, which the store may want to give back. */
  release(): void {
    this.bytes = NONE;
    this.replies = NONE;
    this.performed = 0;
    this.isToRepeat = false;
  }
}

// ---

const NONE = Buffer.alloc(0);
/** As in `$3`, before the name of a command. */
const THREE = 0x33;
/** Of requests at a time: what is left of them has to be handed in again. */
const INPUT_BYTES = 0x4000;

/** What assembly/requests.ts exports, from the module that it shares with the store's inner loop. */
interface RequestLoop extends InnerLoop {
  performRequests(length: number, database: number, nowMs: number, protocol: number, mayHaveParts: number): number;
}
