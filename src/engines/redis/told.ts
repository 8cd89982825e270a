import type { Command } from './apply-outcome.js';
import type { ReadValue } from './state.js';

/** Values that wait to be captured; beyond them keys are read. */
const BYTES_MAX = 16 << 20;

/**
 * What the replication stream tells: values, so that nothing has to be read, and the node's own writes, which are no news.
 *
 * The stream and the replies have no order between them. What the node asked of a key may be later than what the stream tells of it
 * next: to take that for a new write would bring back what was overwritten. So from the question on, until the stream has come past the
 * answer, values of that key are not taken from the stream; it only says that the key is to be read.
 */
export class Told {
  private readonly values = new Map<string, Value>();
  private bytes = 0;
  /** Keys that were asked about, for all of which the stream has yet to come past the answer. */
  private asked = new Set<string>();
  private passing = new Set<string>();
  /** What the node wrote, and whether it came back. */
  private readonly own = new Map<string, Own>();

  /** A string that was set. The bytes may be used again. Returns whether its key waits already, with the value before. */
  set(id: string, value: Buffer, expiryMs: number): boolean {
    const known = this.values.get(id);
    if (known !== undefined) {
      this.bytes += value.length - known.value.length;
      if (known.value.length === value.length) known.value.set(value);
      else known.value = Buffer.from(value);
      known.expiryMs = expiryMs;
      return true;
    }
    if (this.asked.has(id) || this.passing.has(id) || this.bytes + value.length > BYTES_MAX) return false;
    this.values.set(id, { value: Buffer.from(value), type: undefined, expiryMs });
    this.bytes += value.length;
    return false;
  }

  /** The key was changed in a way that says nothing of its value. */
  drop(id: string): void {
    this.take(id);
  }

  clear(): void {
    this.values.clear();
    this.bytes = 0;
  }

  /** Hands over what it knows. */
  take(id: string): ReadValue | undefined {
    const known = this.values.size === 0 ? undefined : this.values.get(id);
    if (known === undefined) return undefined;
    this.bytes -= known.value.length;
    this.values.delete(id);
    return known;
  }

  /** To be called before the server is asked about a key. */
  ask(id: string): void {
    this.drop(id);
    this.asked.add(id);
  }

  /** Whether keys were asked about since the last pass began. */
  get hasAsked(): boolean {
    return this.asked.size > 0;
  }

  /** What is asked from here on belongs to the next pass. */
  beginPass(): void {
    this.passing = this.asked;
    this.asked = new Set();
  }

  /** The stream has come past all answers to what was asked before the pass began. */
  endPass(): void {
    for (const id of this.passing) if (!this.asked.has(id)) this.own.delete(id);
    this.passing.clear();
  }

  /** The node is about to write this. */
  writes(id: string, { name, bytes }: Command): void {
    this.ask(id);
    this.own.set(id, { name, bytes, hasCome: false });
  }

  /** Whether it is what the node wrote, which comes once. */
  isOwn(name: string, id: string, value: Buffer | null): boolean {
    const own = this.own.size === 0 ? undefined : this.own.get(id);
    if (own === undefined || own.hasCome || own.name !== name) return false;
    if (value !== null && !value.equals(own.bytes)) return false;
    own.hasCome = true;
    return true;
  }

  /** The server has not executed it after all: what looked like it was somebody else's. Returns whether there was such. */
  wasNotWritten(id: string): boolean {
    const hasCome = this.own.get(id)?.hasCome === true;
    this.own.delete(id);
    return hasCome;
  }
}

// ---------------------------------------------------------------------------------------------------------------------

interface Value extends ReadValue {
  value: Buffer;
  readonly type: undefined;
  expiryMs: number;
}

interface Own extends Pick<Command, 'name' | 'bytes'> {
  hasCome: boolean;
}
