import type { ChangesReply } from '../admin/api.js';
import { hlcToMs } from '../core/hlc.js';
import { type IslandApart, type ReachedAt, withIslands } from './islands-apart.js';
import type { Survey } from './survey.js';

/** More keys of an island are not compared with those of others here: a plan counts them. */
const KEYS_MAX = 200_000;

/** What an island has changed that another one has not seen. */
export interface IslandChanges {
  members: readonly string[];
  /** null: its log does not reach back so far. */
  keys: number | null;
  /** There are more keys than were counted. */
  isMore: boolean;
  /** Of what it changed, the last write; null: it changed nothing. */
  lastWriteMs: number | null;
}

export interface ApartChanges {
  islands: IslandChanges[];
  /** Keys that more than one island changed; null: not all of their keys are known here. */
  both: number | null;
}

/** What the islands have changed since they do not hear each other. null: fewer than two of them answer here. */
export async function islandChanges(survey: Survey, reachedAt: ReachedAt): Promise<ApartChanges | null> {
  return withIslands(survey, reachedAt, async (islands) => {
    if (islands.length < 2) return null;
    const found = await Promise.all(islands.map((island) => keysOf(island, islands)));
    const isWhole = found.every(({ keys, isMore }) => keys !== null && !isMore);
    return { islands: found.map(({ names: _, ...changes }) => changes), both: isWhole ? countBoth(found) : null };
  });
}

async function keysOf(
  island: IslandApart,
  islands: readonly IslandApart[],
): Promise<IslandChanges & { names: Set<string> }> {
  const { members, client, vector } = island;
  const known = islands.filter((one) => one !== island).map((one) => one.vector);
  const names = new Set<string>();
  let lastHlc = 0;
  let cursor: { origin: number; seq: number } | null = { origin: 0, seq: 0 };
  while (cursor !== null && names.size < KEYS_MAX) {
    const page: ChangesReply | null = await client
      .call('CHANGES', { known, upto: vector, cursor, keysOnly: true })
      .catch(() => null);
    if (page === null) return { members, keys: null, isMore: false, lastWriteMs: null, names };
    for (const key of page.keys) names.add(key);
    lastHlc = Math.max(lastHlc, page.lastHlc);
    cursor = page.next;
  }
  return {
    members,
    keys: names.size,
    isMore: cursor !== null,
    lastWriteMs: lastHlc === 0 ? null : hlcToMs(lastHlc),
    names,
  };
}

function countBoth(found: readonly { names: ReadonlySet<string> }[]): number {
  const met = new Set<string>();
  const both = new Set<string>();
  for (const { names } of found) for (const name of names) (met.has(name) ? both : met).add(name);
  return both.size;
}
