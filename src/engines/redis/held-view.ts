import { advice } from '../../hints/advice.js';
import type { BridgeStatus, HeldKey, HeldShare, Obstacle } from './bridge-status.js';
import { isThere } from './large-entry.js';
import { idToKey } from './ledger.js';
import { redisCli } from './redis-cli.js';
import type { Scope } from './scope.js';
import { clientBuffer, type Site } from './site.js';
import type { State } from './state.js';

/** Some of them by name: there may be many. */
const LISTED = 20;
const KEY_BYTES_SHOWN = 256;

/** A master of a Redis Cluster, and the keys that it has. */
export interface Place {
  readonly label: string;
  readonly scope: Scope;
}

type Held = BridgeStatus['held'];

/** What is held, for the operator: counted anew where something has changed, since there may be many. */
export class HeldView {
  private counted: { state: string; held: Omit<Held, 'of'> } = { state: '', held: NONE };

  /** @param places empty for a single server */
  of(site: Site, places: readonly Place[]): Held {
    const of = site.store.liveCount(site.target.database);
    const state = [site.held.size, site.ledger.doubtful.size, ...places.map(({ label }) => label)].join();
    if (this.counted.state !== state) this.counted = { state, held: count(site, places) };
    return { ...this.counted.held, of };
  }
}

/** Keys that are missing in Redis, and of which nobody knows why. */
export function doubtObstacle(site: Site, eventsToSet: string | null): Obstacle[] {
  const doubtful = site.ledger.doubtful.size;
  if (doubtful === 0) return [];
  const decide = advice('mneme engine restore', 'Or mneme engine confirm-loss, which deletes them on all members.');
  if (site.deletedAway > 0) {
    const text = `${doubtful} keys went missing in Redis while the node was away: at least ${site.deletedAway} were deleted and others evicted, and nothing tells which; the other members still have them`;
    return [{ keys: doubtful, text, next: decide }];
  }
  if (eventsToSet === null && site.target.capture === 'replica') {
    const text = `${doubtful} keys are missing in Redis, were both evicted and deleted, and nothing tells which was last; the other members still have them`;
    return [{ keys: doubtful, text, next: decide }];
  }
  if (eventsToSet === null) return [];
  const text = `${doubtful} keys are missing in Redis, which does not tell whether it evicted them or the application deleted them; the other members still have them`;
  const then = 'Then mneme engine restore, or mneme engine confirm-loss, which deletes them on all members.';
  return [
    {
      keys: doubtful,
      text,
      next: advice(redisCli(site.target, 'CONFIG', 'SET', 'notify-keyspace-events', eventsToSet), then),
    },
  ];
}

// ---------------------------------------------------------------------------------------------------------------------

const NONE = { missing: 0, different: 0, added: 0, doubtful: 0, shares: [], sample: [] };

function count(site: Site, places: readonly Place[]): Omit<Held, 'of'> {
  const shares: HeldShare[] = [];
  const byPlace = places.map(({ label }) => ({ server: label, missing: 0, different: 0, added: 0 }));
  const counts = { missing: 0, different: 0, added: 0 };
  const [missing, others]: HeldKey[][] = [[], []];
  const nowMs = site.nowMs();
  for (const [id, state] of site.held) {
    const what = kindOf(site, id, state, nowMs);
    counts[what]++;
    const share = byPlace[places.findIndex(({ scope }) => scope.has(id))];
    if (share !== undefined) share[what]++;
    const alike = what === 'missing' ? missing! : others!;
    if (alike.length < LISTED) alike.push(named(id, what));
  }
  // First those that Redis has, which either decision may override.
  const sample = [...others!, ...missing!].slice(0, LISTED);
  for (const id of site.ledger.doubtful) {
    if (sample.length >= LISTED) break;
    sample.push(named(id, 'doubtful'));
  }
  shares.push(...byPlace.filter(({ missing, different, added }) => missing + different + added > 0));
  return { ...counts, doubtful: site.ledger.doubtful.size, shares, sample };
}

function kindOf({ store }: Site, id: string, state: State, nowMs: number): 'missing' | 'different' | 'added' {
  if (state === null) return 'missing';
  return isThere(store.get(idToKey(id)), nowMs) ? 'different' : 'added';
}

function named(id: string, what: HeldKey['what']): HeldKey {
  return { keyBase64: clientBuffer(idToKey(id)).subarray(0, KEY_BYTES_SHOWN).toString('base64'), what };
}
