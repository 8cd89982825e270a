import type { ChainableCommander, Redis } from 'ioredis';
import { errorText } from '../../admin/protocol/error-text.js';
import { OperatorError } from '../../core/model/errors.js';
import { exactExpiry } from '../../core/model/expiry.js';
import { withDatabase } from '../common/data-connection.js';
import { type EntryLine, parseLine } from './line.js';
import { type NumberedLine, splitLines } from './split-lines.js';

export interface ImportOptions {
  onProgress?: (done: ImportResult) => void;
}

export interface ImportResult {
  /** Lines that were not empty. */
  lines: number;
  imported: number;
  /** Entries whose expiry had passed: they are not written. */
  expired: number;
  bad: number;
  /** The first bad lines, by number from 1. */
  badLines: { line: number; message: string }[];
}

const BATCH_ENTRIES = 500;
const BATCH_BYTES = 1024 * 1024;
const BAD_LINES_SHOWN = 100;

/**
 * Write the entries of an NDJSON stream to one node, batch by batch: the next batch is read while one is on its way, and no
 * more, so that a stream of any size needs little memory. A bad line is counted and named, and the others go on.
 * @throws OperatorError `refused` if there is not a single entry in it, `not-reachable` if the node goes away in between; what was answered until then is written.
 */
export async function entryImport(
  address: string,
  input: AsyncIterable<Uint8Array>,
  options: ImportOptions = {},
): Promise<ImportResult> {
  const result: ImportResult = { lines: 0, imported: 0, expired: 0, bad: 0, badLines: [] };
  return withDatabase(address, 0, async (redis) => {
    // A node that takes no data commands now says so here, once, rather than for every line.
    await redis.ping();
    let underWay: Promise<void> = Promise.resolve();
    const send = async (batch: NumberedEntry[]) => {
      await underWay;
      options.onProgress?.(result);
      underWay = sendBatch(redis, batch, result);
      // The next await gets the failure; until then it must not count as unhandled.
      underWay.catch(() => undefined);
    };
    let batch: NumberedEntry[] = [];
    let bytes = 0;
    for await (const line of splitLines(input)) {
      const entry = readLine(line, result);
      if (entry === null) continue;
      batch.push(entry);
      bytes += entry.key.length + entry.value.length;
      if (batch.length < BATCH_ENTRIES && bytes < BATCH_BYTES) continue;
      await send(batch);
      batch = [];
      bytes = 0;
    }
    await send(batch);
    await underWay;
    if (result.lines === 0) throw new OperatorError('refused', 'there is nothing to import: the input is empty');
    result.badLines.sort((a, b) => a.line - b.line);
    options.onProgress?.(result);
    return result;
  });
}

type NumberedEntry = EntryLine & { number: number };

function readLine({ number, bytes }: NumberedLine, result: ImportResult): NumberedEntry | null {
  if (bytes !== null && bytes.length === 0) return null;
  result.lines++;
  try {
    if (bytes === null) throw new Error('longer than any entry can be');
    const entry = parseLine(bytes);
    if (entry.expiryMs === 0 || entry.expiryMs > Date.now()) return { ...entry, number };
    result.expired++;
  } catch (error) {
    countBad(result, number, error);
  }
  return null;
}

async function sendBatch(redis: Redis, batch: NumberedEntry[], result: ImportResult): Promise<void> {
  if (batch.length === 0) return;
  const pipeline = redis.pipeline();
  const sets: (NumberedEntry | null)[] = [];
  let database: number | null = null;
  for (const entry of batch) {
    if (entry.database !== database) {
      database = entry.database;
      pipeline.select(database);
      sets.push(null);
    }
    addSet(pipeline, entry);
    sets.push(entry);
  }
  const replies = (await pipeline.exec()) ?? [];
  for (const [index, [error]] of replies.entries()) {
    if (error !== null && error.name !== 'ReplyError') throw error;
    const entry = sets[index];
    if (!entry) continue;
    if (error === null) result.imported++;
    else countBad(result, entry.number, error);
  }
}

function addSet(pipeline: ChainableCommander, { key, value, expiryMs }: EntryLine): void {
  if (expiryMs === 0) pipeline.set(key, value);
  else pipeline.set(key, value, 'PXAT', String(exactExpiry(expiryMs)));
}

function countBad(result: ImportResult, line: number, error: unknown): void {
  result.bad++;
  if (result.badLines.length < BAD_LINES_SHOWN) result.badLines.push({ line, message: errorText(error) });
}
