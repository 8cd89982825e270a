import { newShortBatch, type ShortBatch } from '../../../src/engines/short-batch.js';

export interface Short {
  key: string;
  /** Of a SET; undefined: a GET. */
  value?: string;
}

/** As a client sends it. */
export function textOf({ key, value }: Short): string {
  const head = value === undefined ? '*2\r\n$3\r\nGET\r\n' : '*3\r\n$3\r\nSET\r\n';
  return `${head}${bulk(key)}${value === undefined ? '' : bulk(value)}`;
}

export function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

/** A batch of these bytes, in the middle of others. */
export function batchOf(text: string, more: Partial<ShortBatch> = {}): ShortBatch {
  const bytes = Buffer.from(`before${text}`, 'latin1');
  return { ...newShortBatch(), bytes, from: 6, end: bytes.length, takesWrites: true, hlc: 1000, ...more };
}

export function repliesOf({ replies, replyBytes }: ShortBatch): string {
  return replies.toString('latin1', 0, replyBytes);
}
