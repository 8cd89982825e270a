import type { Bytes } from '../../../core/model/bytes.js';

/** Messages of channels for one client that wait for the end of the turn, and whether it leaves too many of them. */
export class Mailbox {
  bytes = 0;
  private messages: Bytes[] = [];
  /** Since when it has left more than it may for long; 0: it has not. */
  private behindSinceMs = 0;

  get isEmpty(): boolean {
    return this.messages.length === 0;
  }

  add(message: Bytes): void {
    this.messages.push(message);
    this.bytes += message.length;
  }

  /** All that there is, one behind the other. */
  take(): Buffer {
    const { messages } = this;
    this.clear();
    return Buffer.concat(messages);
  }

  clear(): void {
    this.messages = [];
    this.bytes = 0;
  }

  /**
   * Redis' output buffer limit of the class "pubsub": at once beyond the limit, after a minute beyond a quarter of it.
   * @param owed bytes that the client has not taken, those here included
   */
  isLeft(owed: number, bytesMax: number): boolean {
    if (owed > bytesMax) return true;
    const nowMs = owed > bytesMax / 4 ? performance.now() : 0;
    if (nowMs === 0 || this.behindSinceMs === 0) this.behindSinceMs = nowMs;
    return nowMs - this.behindSinceMs > BEHIND_MS;
  }
}

// ---

const BEHIND_MS = 60_000;
