import { type AdminClient, withClient } from '../../admin/client/client.js';
import type { EntryFacts } from '../../admin/protocol/api.js';
import { CLIENT_DATABASES } from '../../core/model/entry.js';
import { isGarbage } from '../replica/bucket-read.js';

export interface ListOptions {
  database: number;
  prefix?: Buffer;
  limit: number;
  /** So many are left out first. */
  offset?: number;
  /** Of all that there are, not of those that are read first. */
  order?: (one: EntryFacts, other: EntryFacts) => number;
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

/**
 * Entries of a database of one replica that begin with a prefix: those that come first in the order that is asked for. Where none is, that
 * of their keys, or of more than SORTED_MAX that in which the replica holds them: which of the two depends on no limit.
 */
export async function entryList(address: string, options: ListOptions): Promise<EntryList> {
  return withClient(address, async (client) => {
    const { self, nowMs } = await client.call('STATUS', {});
    const { offset = 0, limit, order } = options;
    const end = offset + limit;
    let entries: EntryFacts[] = [];
    let left = 0;
    for await (const entry of walkEntries(client, { ...options, pageEntries: 1000 })) {
      if (options.deleted || !isGarbage(entry, nowMs)) entries.push(entry);
      if (order === undefined && entries.length > Math.max(end, SORTED_MAX)) break;
      // Of many only those are kept that can still be among the first.
      if (order === undefined || entries.length < 2 * end + SORTED_MAX) continue;
      left += entries.length - end;
      entries = entries.sort(order).slice(0, end);
    }
    const truncated = left > 0 || entries.length > end;
    if (order !== undefined) entries.sort(order);
    else if (entries.length <= SORTED_MAX) byKey(entries);
    const listed = entries.slice(offset, end);
    const { name: node, replica } = self;
    return { node, replica, database: options.database, entries: listed, truncated };
  });
}

/** So many are read at a blow, ten answers of a node. */
const SORTED_MAX = 10_000;

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
