import { shown } from '../../core/model/fields.js';
import { usage } from './errors.js';

/**
 * Texts as bytes in memory that is used again: one piece for each length, since stores take exact ones. What it returns is valid until
 * the next text of that length, so it is only for calls that keep nothing of it.
 */
export class Scratch {
  private readonly byLength: (Buffer | undefined)[] = new Array(LENGTHS).fill(undefined);

  /** @param lead a byte that each begins with; -1: none */
  constructor(private readonly lead: number) {}

  of(source: string | Uint8Array): Uint8Array {
    if (typeof source !== 'string') return this.ofBytes(source);
    const from = this.lead < 0 ? 0 : 1;
    const { length } = source;
    if (length + from >= LENGTHS) return this.ofLong(source);
    const into = this.memory(length + from);
    for (let i = 0; i < length; i++) {
      const code = source.charCodeAt(i);
      // Short texts are mostly ASCII, and then a loop is cheaper than a call into the runtime.
      if (code > 127) return this.ofLong(source);
      into[i + from] = code;
    }
    return into;
  }

  private ofBytes(source: Uint8Array): Uint8Array {
    if (!(source instanceof Uint8Array))
      throw usage(
        `${this.lead < 0 ? 'what a codec encodes' : 'a key'} is a string or a Uint8Array, not ${shown(source)}`,
      );
    if (this.lead < 0) return source;
    const { length } = source;
    if (length + 1 >= LENGTHS) return Buffer.concat([Uint8Array.of(this.lead), source]);
    const into = this.memory(length + 1);
    into.set(source, 1);
    return into;
  }

  private ofLong(source: string): Uint8Array {
    if (this.lead < 0) return Buffer.from(source, 'utf8');
    const into = Buffer.allocUnsafe(Buffer.byteLength(source) + 1);
    into[0] = this.lead;
    into.write(source, 1, 'utf8');
    return into;
  }

  private memory(length: number): Buffer {
    const known = this.byLength[length];
    if (known !== undefined) return known;
    const made = Buffer.allocUnsafeSlow(length);
    if (this.lead >= 0) made[0] = this.lead;
    this.byLength[length] = made;
    return made;
  }
}

// ---

const LENGTHS = 256;
