import type { Bytes } from '../../core/model/bytes.js';
import type { ArgumentList } from './codec/argument-list.js';
import { withoutPasswords } from './secrets.js';
import type { Session } from './session.js';

/** A command that took long. */
export interface SlowCommand {
  readonly id: number;
  readonly atMs: number;
  readonly microseconds: number;
  readonly args: readonly Bytes[];
  readonly address: string;
  readonly clientName: string;
}

/** The latest commands that took longer than a threshold, in memory that is bounded: of each only some of what was sent is kept. */
export class Slowlog {
  /** In microseconds; negative: nothing is noted. */
  threshold = 10_000;
  private lengthMax = 128;
  private entries: SlowCommand[] = [];
  private nextId = 0;

  get sizeMax(): number {
    return this.lengthMax;
  }

  set sizeMax(sizeMax: number) {
    this.lengthMax = sizeMax;
    this.entries.length = Math.min(this.entries.length, sizeMax);
  }

  /** The latest first. */
  get latest(): readonly SlowCommand[] {
    return this.entries;
  }

  isSlow(microseconds: number): boolean {
    return this.threshold >= 0 && microseconds >= this.threshold;
  }

  /** @param args as `loggedArguments` made them. */
  note(args: readonly Bytes[], { address, name }: Session, microseconds: number, atMs: number): void {
    this.entries.unshift({ id: this.nextId++, atMs, microseconds, args, address, clientName: name });
    this.entries.length = Math.min(this.entries.length, this.lengthMax);
  }

  clear(): void {
    this.entries = [];
  }
}

/** What the log keeps of arguments: copies of some of them, cut where they are long, and how much more there was. */
export function loggedArguments(command: string, args: ArgumentList): Bytes[] {
  const isLong = args.length > ARGUMENTS_MAX;
  const kept = Array.from({ length: isLong ? ARGUMENTS_MAX - 1 : args.length }, (_, i) => cut(args.at(i)));
  const shown = [...withoutPasswords(command, kept)];
  return isLong ? [...shown, Buffer.from(`... (${args.length - kept.length} more arguments)`)] : shown;
}

// ---

const ARGUMENTS_MAX = 32;
const BYTES_MAX = 128;

function cut(argument: Bytes): Bytes {
  if (argument.length <= BYTES_MAX) return new Uint8Array(argument);
  const rest = Buffer.from(`... (${argument.length - BYTES_MAX} more bytes)`);
  return Buffer.concat([argument.subarray(0, BYTES_MAX), rest]);
}
