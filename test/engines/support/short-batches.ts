import type { Hlc } from '../../../src/core/model/hlc.js';
import type { VersionVector } from '../../../src/core/model/vector.js';
import type { Origin } from '../../../src/core/model/version.js';
import type { Reservation } from '../../../src/core/replication/numbering.js';
import { BATCH_WRITES_MAX, type Batch } from '../../../src/engines/batch.js';
import { RequestBatch } from '../../../src/fronts/resp/request-batch.js';
import { ORIGIN } from './entries.js';

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

/** Requests, what is reserved for them, and what came of it. */
export class ShortBatch extends RequestBatch {
  takesWrites = true;
  origin: Origin = ORIGIN;
  /** Later than all that tests write before. */
  hlc: Hlc = 1e7;
  firstSeq = 0;
  writes = 0;
}

/** A batch of these bytes, in the middle of others. */
export function batchOf(text: string, more: Partial<ShortBatch> = {}): ShortBatch {
  const bytes = Buffer.from(`before${text}`, 'latin1');
  return Object.assign(new ShortBatch(), { bytes, from: 6, end: bytes.length, ...more });
}

/** Returns how many of the requests were performed. */
export function performShort(performer: Performer, batch: ShortBatch, vector: Readonly<VersionVector>): number {
  const { origin, hlc, takesWrites } = batch;
  batch.firstSeq = vector.get(origin) + 1;
  batch.performed = 0;
  const countMax = takesWrites ? BATCH_WRITES_MAX : 0;
  batch.writes = performer.perform(batch, { origin, firstSeq: batch.firstSeq, firstHlc: hlc, countMax });
  return batch.performed;
}

interface Performer {
  perform(batch: Batch, reservation: Reservation): number;
}

export function repliesOf({ replies, replyBytes }: ShortBatch): string {
  return replies.toString('latin1', 0, replyBytes);
}
