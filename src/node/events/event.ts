import type { About, EventKind } from '../../core/model/about.js';
import type { LogLevel } from '../options.js';

/** One change of state at a node, or one act of an operator: a line in the files, of the stream, and of the log. */
export interface NodeEvent {
  /** Counts up over all starts of a replica: whoever reads on knows by it what was missed. */
  readonly seq: number;
  /** By the clock of the node's machine. */
  readonly atMs: number;
  readonly level: LogLevel;
  readonly kind: EventKind;
  /** What it is about: a member, an incident, a setting, a verb; null: this node. */
  readonly subject: string | null;
  /** What was told before is over. */
  readonly over: boolean;
  readonly message: string;
  /** Of an act: who asked for it; null: nobody did. */
  readonly by: By | null;
  /** The message names keys of clients. */
  readonly keys: boolean;
}

/** Who asked for something. */
export interface By {
  /** As they say: `ada@desk`, or the name of their connection. Empty: they do not. */
  readonly name: string;
  /** As whom they were authenticated; null: nobody has to be. */
  readonly user: string | null;
  /** Of their end of the connection; null: they are on the node's machine. */
  readonly address: string | null;
}

/** What makes an event of a line. */
export interface Told extends About {
  readonly by?: By;
}

/** A remark in the log that is no event. It is kept in memory alone, and for a while. */
export interface Remark {
  readonly atMs: number;
  readonly level: LogLevel;
  readonly message: string;
}

/** The inverse of JSON.stringify, of a line in a file. null: torn, or damaged. */
export function parseEvent(line: string): NodeEvent | null {
  try {
    const event = JSON.parse(line) as NodeEvent;
    const isEvent = Number.isSafeInteger(event.seq) && Number.isFinite(event.atMs) && typeof event.message === 'string';
    return isEvent ? event : null;
  } catch {
    return null;
  }
}
