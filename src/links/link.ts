import type { Message } from '../core/replication/messages.js';
import type { DialError } from './errors.js';
import type { Seal } from './trust.js';

/** A connection to another node over which messages travel, in order and each at most once. */
export interface Link {
  /** Unique among the links of one transport. */
  readonly id: number;
  /** The other end's address and port as the system gives them. */
  readonly remoteAddress: string;
  /** The address that we dialled; null if the other end dialled us. */
  readonly dialled: string | null;
  /** What the two ends have shown each other before the first message. */
  readonly seal: Seal;
  /** Encode and send. Once the link is closed or down, what is sent is dropped: `onDown` is on its way. */
  send(message: Message): void;
  /** Send the next piece of what encodeMessage gave: one encoding serves many links. It must not be changed afterwards. */
  sendEncoded(frame: Buffer): void;
  /** Bytes accepted by `send` that the system has not taken yet. */
  readonly queuedBytes: number;
  /** Bytes handed to the system. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Unix time in milliseconds. */
  readonly connectedSinceMs: number;
  /**
   * No message is delivered from now on. What was sent before still goes out if the other end reads it in time, so that
   * a refusal arrives; `onDown` follows, never inside of this call.
   */
  close(): void;
}

/** What the transport reports. A link has one `onUp`, then messages, then one `onDown`. */
export interface LinkHandlers {
  onUp(link: Link): void;
  onMessage(link: Link, message: Message): void;
  /**
   * `error` is null when either end closed in good order; else a LinkProtocolError, a LinkOverflowError or the system's
   * error.
   */
  onDown(link: Link, error: Error | null): void;
  /** `queuedBytes` has fallen below `lowWaterBytes` after it was at or above. */
  onDrain?(link: Link): void;
  /** A dial failed. Each dial ends in one `onUp` or one `onDialFailed`, never inside of the call of `dial`. */
  onDialFailed(address: string, error: DialError): void;
}

export interface LinkSettings {
  /** A link with more queued than this is closed with a LinkOverflowError. Above MAX_FRAME_BYTES. */
  readonly queuedBytesMax: number;
  /** Senders that stop at some amount of `queuedBytes` choose one at or above this, or they are not woken. */
  readonly lowWaterBytes: number;
  /** After this many bytes were handled, a link lets the rest of the event loop have its turn. */
  readonly turnBytes: number;
  /** How long a closed link waits for the other end to take what was sent. */
  readonly lingerMs: number;
  /** How long a link may be silent before the system probes the other end. */
  readonly keepAliveMs: number;
  /** No frame up to the hello is longer: a stranger makes a node hold no more. */
  readonly firstFrameBytes: number;
}

export const LINK_SETTINGS: LinkSettings = {
  queuedBytesMax: 512 * 1024 * 1024,
  lowWaterBytes: 256 * 1024,
  turnBytes: 64 * 1024,
  lingerMs: 1_000,
  keepAliveMs: 10_000,
  firstFrameBytes: 64 * 1024,
};
