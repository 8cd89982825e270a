import type { Bytes } from '../../../core/model/bytes.js';
import { doubleText } from './double-text.js';
import type { Protocol, Reply, TaggedReply } from './reply.js';
import { REPLY_BYTES_MAX, ReplyBuffer } from './reply-buffer.js';

/** Writes replies in the protocol of their connection. */
export class ReplyWriter extends ReplyBuffer {
  protocol: Protocol = 2;

  write(reply: Reply): void {
    if (reply instanceof Uint8Array) this.bulk(reply);
    else if (reply === null) this.null();
    else if (typeof reply === 'object') this.compound(reply);
    else if (typeof reply === 'string') this.bulkText(reply);
    else if (typeof reply === 'boolean') this.boolean(reply);
    else this.integer(reply);
  }

  simple(text: string): void {
    this.line('+', text);
  }

  error(text: string | Bytes): void {
    this.errorLine(typeof text === 'string' ? Buffer.from(text) : text);
  }

  integer(value: number | bigint): void {
    this.line(':', String(value));
  }

  bulk(bytes: Bytes): void {
    this.bulkBytes(bytes);
  }

  ok(): void {
    this.ascii('+OK\r\n');
  }

  bulkText(text: string): void {
    const length = Buffer.byteLength(text);
    this.line('$', String(length));
    this.text(text, length);
  }

  verbatim(text: string): void {
    if (this.protocol === 2) {
      this.bulkText(text);
      return;
    }
    const length = Buffer.byteLength(text);
    this.line('=', String(length + 4));
    this.text(`txt:${text}`, length + 4);
  }

  null(): void {
    this.ascii(this.protocol === 2 ? '$-1\r\n' : '_\r\n');
  }

  nullArray(): void {
    this.ascii(this.protocol === 2 ? '*-1\r\n' : '_\r\n');
  }

  boolean(value: boolean): void {
    if (this.protocol === 2) this.integer(value ? 1 : 0);
    else this.ascii(value ? '#t\r\n' : '#f\r\n');
  }

  double(value: number): void {
    const text = doubleText(value);
    if (this.protocol === 2) this.bulkText(text);
    else this.line(',', text);
  }

  array(length: number): void {
    this.line('*', String(length));
  }

  map(length: number): void {
    if (this.protocol === 2) this.line('*', String(2 * length));
    else this.line('%', String(length));
  }

  set(length: number): void {
    this.line(this.protocol === 2 ? '*' : '~', String(length));
  }

  push(length: number): void {
    this.line(this.protocol === 2 ? '*' : '>', String(length));
  }

  private compound(reply: readonly Reply[] | TaggedReply): void {
    if (isArray(reply)) {
      this.array(reply.length);
      this.items(reply);
      return;
    }
    switch (reply.kind) {
      case 'simple':
        this.simple(reply.text);
        break;
      case 'error':
        this.error(reply.text);
        break;
      case 'map':
        this.map(reply.pairs.length);
        for (const pair of reply.pairs) this.items(pair);
        break;
      case 'set':
        this.set(reply.items.length);
        this.items(reply.items);
        break;
      case 'push':
        this.push(reply.items.length);
        this.items(reply.items);
        break;
      case 'pushes':
        for (const message of reply.messages) {
          this.push(message.length);
          this.items(message);
        }
        break;
      case 'double':
        this.double(reply.value);
        break;
      case 'verbatim':
        this.verbatim(reply.text);
        break;
      case 'null-array':
        this.nullArray();
        break;
      case 'encoded':
        for (const chunk of reply.chunks) this.adopt(chunk);
    }
  }

  private items(items: readonly Reply[]): void {
    for (const item of items) this.write(item);
  }
}

/** For a reply that a command makes step by step. */
export function replyInPieces(): ReplyWriter {
  return new ReplyWriter(REPLY_BYTES_MAX, PIECES_START_BYTES);
}

// ---

/** Most replies are short. */
const PIECES_START_BYTES = 512;

function isArray(reply: readonly Reply[] | TaggedReply): reply is readonly Reply[] {
  return Array.isArray(reply);
}
