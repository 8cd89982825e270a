import { type AdminClient, withClient } from '../../admin/client/client.js';
import type { EntryFacts } from '../../admin/protocol/api.js';
import { CLIENT_DATABASES } from '../../core/model/entry.js';
import { isGarbage } from '../replica/bucket-read.js';

export interface ListOptions {
  database: number;
  prefix?: Buffer;
  limit: number;
  /** List tombstones and expired entries too. */
  deleted?: boolean;
}

export interface EntryList {
  node: string;
  replica: string;
  database: number;
  entries: EntryFacts[];
  /** There are more than `limit`. */
  truncated: boolean;
}

/** The first entries of a database of one replica that begin with a prefix, in order of their keys within what was read. */
export async function entryList(address: string, options: ListOptions): Promise<EntryList> {
  return withClient(address, async (client) => {
    const { self, nowMs } = await client.call('STATUS', {});
    const entries: EntryFacts[] = [];
    for await (const entry of walkEntries(client, { ...options, pageEntries: Math.min(options.limit + 1, 1000) })) {
      if (options.deleted || !isGarbage(entry, nowMs)) entries.push(entry);
      if (entries.length > options.limit) break;
    }
    const truncated = entries.length > options.limit;
    const listed = byKey(entries.slice(0, options.limit));
    const { name: node, replica } = self;
    return { node, replica, database: options.database, entries: listed, truncated };
  });
}

export type ListedEntry = EntryFacts & { valueBase64?: string };

/** All entries of a database in pages, tombstones included. Entries written meanwhile may or may not be met. */
export async function* walkEntries(
  client: AdminClient,
  options: { database: number; prefix?: Buffer; values?: boolean; pageEntries: number },
): AsyncGenerator<ListedEntry> {
  const { database, prefix, values = false, pageEntries: limit } = options;
  const filter = prefix === undefined ? {} : { prefixBase64: prefix.toString('base64') };
  for (let cursor: number | null = 0; cursor !== null; ) {
    const page: { entries: ListedEntry[]; cursor: number | null } = await client.call('LIST', {
      database,
      cursor,
      limit,
      ...filter,
      ...(values ? { values } : {}),
    });
    yield* page.entries;
    cursor = page.cursor;
  }
}

export const ALL_DATABASES: readonly number[] = Array.from({ length: CLIENT_DATABASES }, (_, database) => database);

function byKey(entries: EntryFacts[]): EntryFacts[] {
  return entries.sort((a, b) => Buffer.compare(Buffer.from(a.keyBase64, 'base64'), Buffer.from(b.keyBase64, 'base64')));
}
