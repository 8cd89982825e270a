import type { Bytes } from '../../../core/model/bytes.js';
import type { Protocol } from '../codec/reply.js';

/** The same bytes for all who get it in the same words: made once, when the first of them is met. */
export class Wording {
  private readonly made: Partial<Record<Protocol, Buffer>> = {};

  constructor(private readonly words: readonly Bytes[]) {}

  in(protocol: Protocol): Buffer {
    const made = this.made[protocol] ?? this.make(protocol);
    this.made[protocol] = made;
    return made;
  }

  private make(protocol: Protocol): Buffer {
    const { words } = this;
    const parts: Bytes[] = [Buffer.from(`${protocol === 2 ? '*' : '>'}${words.length}\r\n`)];
    for (const word of words) parts.push(Buffer.from(`$${word.length}\r\n`), word, LINE_END);
    return Buffer.concat(parts);
  }
}

// ---

const LINE_END = Buffer.from('\r\n');
