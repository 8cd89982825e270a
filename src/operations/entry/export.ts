import { withClient } from '../../admin/client/client.js';
import { isGarbage } from '../replica/bucket-read.js';
import { type EntryLine, formatLine } from './line.js';
import { ALL_DATABASES, type ListedEntry, walkEntries } from './list.js';
import { LongValues } from './long-values.js';
import type { CollectionType } from './parts.js';

/** Where lines go. Resolves when it can take more, so that an export never runs ahead of a slow disk or reader. */
export type LineSink = (text: string) => Promise<void>;

export interface ExportOptions {
  databases?: readonly number[];
  prefix?: Buffer;
  /** Called now and then. `expected` counts all databases, whatever is exported. */
  onProgress?: (done: number, expected: number) => void;
}

export interface ExportResult {
  node: string;
  replica: string;
  exported: number;
  /** Entries that came whole from a Redis and are no strings, if there are any: an import could not write them. */
  leftOut?: number;
  /** Entries that the replica has evicted, if there are any: another one may have their values. */
  evicted?: number;
}

/** How many entries to ask for at a time: enough for speed, few enough for large values. */
const PAGE_ENTRIES = 256;
const CHUNK_CHARACTERS = 65_536;

/** Write all live entries of one replica as NDJSON, page by page: memory stays small whatever the size of the data. */
export async function entryExport(address: string, sink: LineSink, options: ExportOptions): Promise<ExportResult> {
  const { databases = ALL_DATABASES, prefix, onProgress } = options;
  return withClient(address, async (client) => {
    const { self, nowMs } = await client.call('STATUS', {});
    let exported = 0;
    let leftOut = 0;
    let evicted = 0;
    let chunk = '';
    const long = new LongValues(address);
    try {
      for (const database of databases) {
        const pages = {
          database,
          values: true,
          pageEntries: PAGE_ENTRIES,
          ...(prefix === undefined ? {} : { prefix }),
        };
        for await (const entry of walkEntries(client, pages)) {
          if (entry.evicted === true) evicted++;
          if (isGarbage(entry, nowMs) || entry.evicted === true) continue;
          if (entry.type !== undefined && !isCollection(entry)) {
            leftOut++;
            continue;
          }
          const key = Buffer.from(entry.keyBase64, 'base64');
          const contents = isCollection(entry)
            ? partsOf(long, database, key, entry)
            : contentOf(entry, () => long.read(database, key));
          let lines = 0;
          for await (const content of contents) {
            chunk += `${formatLine({ database, key, ...content })}\n`;
            lines++;
            if (chunk.length < CHUNK_CHARACTERS) continue;
            await sink(chunk);
            chunk = '';
            onProgress?.(exported, self.entries);
          }
          // None: it is gone since the page was made.
          if (lines > 0) exported++;
        }
      }
    } finally {
      long.close();
    }
    await sink(chunk);
    onProgress?.(exported, self.entries);
    const missing = { ...(leftOut === 0 ? {} : { leftOut }), ...(evicted === 0 ? {} : { evicted }) };
    return { node: self.name, replica: self.replica, exported, ...missing };
  });
}

type Content = Pick<EntryLine, 'content' | 'expiryMs'>;

async function* contentOf(
  { valueBase64, expiryMs }: ListedEntry,
  read: () => Promise<{ value: Buffer; expiryMs: number } | null>,
): AsyncGenerator<Content> {
  if (valueBase64 !== undefined) yield { content: Buffer.from(valueBase64, 'base64'), expiryMs };
  else {
    const found = await read();
    if (found !== null) yield { content: found.value, expiryMs: found.expiryMs };
  }
}

type ListedCollection = ListedEntry & { type: CollectionType; parts: number };

function isCollection(entry: ListedEntry): entry is ListedCollection {
  const { type, parts } = entry;
  return parts !== undefined && (type === 'hash' || type === 'set' || type === 'zset');
}

/** A line for some parts at a time. */
async function* partsOf(
  long: LongValues,
  database: number,
  key: Buffer,
  { type, expiryMs }: ListedCollection,
): AsyncGenerator<Content> {
  let isMore = false;
  for await (const parts of long.parts(database, key, type)) {
    if (parts.length === 0) continue;
    yield { content: { type, parts, isMore }, expiryMs };
    isMore = true;
  }
}
