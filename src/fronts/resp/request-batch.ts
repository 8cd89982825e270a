import type { Batch, Workspace } from '../../engines/batch.js';
import type { InnerLoop } from '../../engines/inner-loop.js';
import { copyBytes } from './codec/copy-bytes.js';

/**
 * Requests of one client as they came, GET and SET without options among them, which compiled code performs from the first one on, as
 * far as there is a short way. One object serves all calls.
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

  /** How many a call has performed, and whether the last one was a write. The first `replyBytes` of `replies` are the replies. */
  performed = 0;
  isLastWrite = false;
  replies: Buffer = NONE;
  replyBytes = 0;

  perform({ code, input, output, results }: Workspace): void {
    const length = Math.min(this.end - this.from, INPUT_BYTES);
    copyBytes(this.bytes, this.from, length, input, 0);
    this.performed = (code as RequestLoop).performRequests(length, this.database, this.nowMs, this.protocol);
    this.from += results[0]!;
    this.replies = output;
    this.replyBytes = results[1]!;
    this.isLastWrite = results[2] === 1;
  }

  /** Lets go of what came of it, and of all memory, which the store may want to give back. */
  release(): void {
    this.bytes = NONE;
    this.replies = NONE;
    this.performed = 0;
  }
}

// ---

const NONE = Buffer.alloc(0);
/** Of requests at a time: what is left of them has to be handed in again. */
const INPUT_BYTES = 0x4000;

/** What assembly/requests.ts exports, from the module that it shares with the store's inner loop. */
interface RequestLoop extends InnerLoop {
  performRequests(length: number, database: number, nowMs: number, protocol: number): number;
}
