import type { ChainableCommander, Redis } from 'ioredis';
import { errorText } from '../../admin/protocol/error-text.js';
import { OperatorError } from '../../core/model/errors.js';
import { exactExpiry } from '../../core/model/expiry.js';
import { withDatabase } from '../common/data-connection.js';
import { type EntryLine, type PartsLine, parseLine } from './line.js';
import type { CollectionPart } from './parts.js';
import { type NumberedLine, splitLines } from './split-lines.js';

export interface ImportOptions {
  onProgress?: (done: ImportResult) => void;
}

export interface ImportResult {
  /** Entries that were read: lines that are not empty, and do not go on with the one before. */
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
const PARTS_PER_COMMAND = 1000;

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
      bytes += entry.key.length + bytesIn(entry);
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
    if (isMore(entry)) result.lines--;
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
    sets.push(...addWrites(pipeline, entry).map((isWrite) => (isWrite ? entry : null)));
  }
  const replies = (await pipeline.exec()) ?? [];
  for (const [index, [error]] of replies.entries()) {
    if (error !== null && error.name !== 'ReplyError') throw error;
    const entry = sets[index];
    if (!entry) continue;
    if (error !== null) countBad(result, entry.number, error);
    else if (!isMore(entry)) result.imported++;
  }
}

/** Of each command whether it tells if the entry is written. */
function addWrites(pipeline: ChainableCommander, { key, content, expiryMs }: EntryLine): boolean[] {
  const until = String(exactExpiry(expiryMs));
  if (content instanceof Uint8Array) {
    if (expiryMs === 0) pipeline.set(key, content);
    else pipeline.set(key, content, 'PXAT', until);
    return [true];
  }
  const { type, parts, isMore } = content;
  const told: boolean[] = [];
  // What the key had goes, as that of a string does.
  if (!isMore) {
    pipeline.del(key);
    told.push(false);
  }
  for (let at = 0; at < parts.length; at += PARTS_PER_COMMAND) {
    addParts(pipeline, key, type, parts.slice(at, at + PARTS_PER_COMMAND));
    told.push(at + PARTS_PER_COMMAND >= parts.length);
  }
  if (expiryMs !== 0) {
    pipeline.pexpireat(key, until);
    told.push(false);
  }
  return told;
}

function addParts(
  pipeline: ChainableCommander,
  key: Buffer,
  type: PartsLine['type'],
  parts: readonly CollectionPart[],
): void {
  if (type === 'hash') pipeline.hset(key, ...parts.flatMap(({ name, value }) => [name, value!]));
  else if (type === 'set') pipeline.sadd(key, ...parts.map(({ name }) => name));
  else pipeline.zadd(key, ...parts.flatMap(({ name, score }) => [score!, name]));
}

/** Whether the line goes on with the one before. */
function isMore({ content }: EntryLine): boolean {
  return !(content instanceof Uint8Array) && content.isMore;
}

function bytesIn({ content }: EntryLine): number {
  if (content instanceof Uint8Array) return content.length;
  return content.parts.reduce((sum, { name, value }) => sum + name.length + (value?.length ?? 0), 0);
}

function countBad(result: ImportResult, line: number, error: unknown): void {
  result.bad++;
  if (result.badLines.length < BAD_LINES_SHOWN) result.badLines.push({ line, message: errorText(error) });
}
