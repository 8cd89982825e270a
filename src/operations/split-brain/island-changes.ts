import type { ChangesReply } from '../../admin/protocol/api.js';
import { hlcToMs } from '../../core/model/hlc.js';
import type { Survey } from '../common/survey.js';
import { type IslandApart, type ReachedAt, withIslands } from './islands-apart.js';

/** No more keys of an island than these are compared with those of others here: a plan counts them. */
const KEYS_MAX = 200_000;

/** A bit each. */
const ISLANDS_MAX = 31;

/** What an island has changed that another one has not seen. */
interface IslandChanges {
  members: readonly string[];
  /** null: its log does not reach back so far. */
  keys: number | null;
  /** There are more keys than were counted. */
  isMore: boolean;
  /** The time of the last write among its changes; null: it changed nothing. */
  lastWriteMs: number | null;
}

export interface ApartChanges {
  islands: IslandChanges[];
  /** Keys that more than one island changed; null: not all of their keys are known here. */
  both: number | null;
}

/** What the islands have changed since they stopped hearing each other. null: fewer than two of them answer here. */
export async function islandChanges(survey: Survey, reachedAt: ReachedAt): Promise<ApartChanges | null> {
  return withIslands(survey, reachedAt, async (islands) => {
    if (islands.length < 2 || islands.length > ISLANDS_MAX) return null;
    const found = await Promise.all(islands.map((island) => keysOf(island, islands)));
    const isWhole = found.every(({ keys, isMore }) => keys !== null && !isMore);
    return { islands: found.map(({ lackedBy: _, ...changes }) => changes), both: isWhole ? countBoth(found) : null };
  });
}

/** By key the islands that lack it, a bit each. */
type LackedBy = Map<string, number>;

async function keysOf(
  island: IslandApart,
  islands: readonly IslandApart[],
): Promise<IslandChanges & { lackedBy: LackedBy }> {
  const { members } = island;
  const lackedBy: LackedBy = new Map();
  let [lastHlc, isMore] = [0, false];
  // One after the other: what two islands wrote while they were one is news to a third, and none of its changes meets theirs.
  for (const [at, other] of islands.entries()) {
    if (other === island) continue;
    const read = await readLacked(island, other, (key) => lackedBy.set(key, (lackedBy.get(key) ?? 0) | (1 << at)));
    if (read === null) return { members, keys: null, isMore: false, lastWriteMs: null, lackedBy };
    lastHlc = Math.max(lastHlc, read.lastHlc);
    isMore ||= read.isMore;
  }
  return { members, keys: lackedBy.size, isMore, lastWriteMs: lastHlc === 0 ? null : hlcToMs(lastHlc), lackedBy };
}

/** The keys of an island that another one lacks; null: its log does not reach back so far. */
async function readLacked(
  { client, vector }: IslandApart,
  other: IslandApart,
  take: (key: string) => void,
): Promise<{ lastHlc: number; isMore: boolean } | null> {
  let [lastHlc, keys] = [0, 0];
  let cursor: { origin: number; seq: number } | null = { origin: 0, seq: 0 };
  while (cursor !== null && keys < KEYS_MAX) {
    const page: ChangesReply | null = await client
      .call('CHANGES', { known: [other.vector], upto: vector, cursor, keysOnly: true })
      .catch(() => null);
    if (page === null) return null;
    for (const key of page.keys) take(key);
    keys += page.keys.length;
    lastHlc = Math.max(lastHlc, page.lastHlc);
    cursor = page.next;
  }
  return { lastHlc, isMore: cursor !== null };
}

/** The number of keys of which two islands each lack what the other has. */
function countBoth(found: readonly { lackedBy: LackedBy }[]): number {
  const both = new Set<string>();
  for (const [i, { lackedBy }] of found.entries())
    for (const [key, lacking] of lackedBy)
      for (let j = i + 1; j < found.length; j++)
        if ((lacking & (1 << j)) !== 0 && ((found[j]!.lackedBy.get(key) ?? 0) & (1 << i)) !== 0) both.add(key);
  return both.size;
}
