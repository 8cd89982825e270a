import type { Hlc } from '../../core/model/hlc.js';
import type { Connection } from './connection.js';
import { type KnownServer, reasonOf } from './known-servers.js';
import { idToKey } from './ledger.js';
import { Rescan } from './rescan.js';
import { type ScanReason, ScanScope } from './scan-scope.js';
import type { Scope } from './scope.js';
import type { ServerInfo } from './server-info.js';
import type { Site } from './site.js';
import { SLOTS, SlotSet } from './slots.js';
import type { Lost } from './unreplicated.js';

interface ScanStart {
  /** Of which keys are compared; null: all. */
  readonly slots: SlotSet | null;
  /** Where it is known; undefined: it follows from what is remembered of the server. */
  readonly reason: ScanReason | undefined;
  /** The node's time from which on it has not heard of the server. */
  readonly since: Hlc;
  /** Whether a slot comes from a server that is alive, and not from one that is lost. */
  readonly isMoved: (from: KnownServer) => boolean;
}

/** A scan of the keys that `owner` has, by what the node remembers of this server, or of the one before it. */
export function scanOf(
  site: Site,
  connection: Connection,
  owner: Scope,
  { slots, reason, since, isMoved }: ScanStart,
): Rescan {
  const { info } = connection;
  const reasons = new Array<ScanReason>(SLOTS);
  const lost = lostBy(site, info, owner);
  const evictions = new Map<KnownServer, number>();
  const met = site.isAttached ? undefined : site.attach.begin(info);
  for (const slot of slots ?? SlotSet.of('0')) {
    const known = site.servers.get(slot);
    reasons[slot] = reason ?? reasonOf(known, info, known !== undefined && isMoved(known), lost !== null);
    const before = known ?? met;
    if (before !== undefined) evictions.set(before, evictedSince(before, info));
  }
  const policies = [info, ...evictions.keys()].map(({ policy }) => policy);
  // Where nothing is evicted by any of them, it was another one for a while.
  const sparesLasting = policies.every((one) => /^(volatile|noeviction)/.test(one)) && !policies.every(isNone);
  const scope = new ScanScope(
    slots,
    slots === null ? reasons[0]! : reasons,
    owner,
    lost?.captured ?? new Set(),
    site.attach.isResuming,
  );
  return new Rescan(site, connection, scope, { evicted: Math.max(0, ...evictions.values()), sparesLasting, since });
}

// ---------------------------------------------------------------------------------------------------------------------

/** What a replica that took over lacks: what the node wrote there is written again. null: that is not known. */
function lostBy(site: Site, { predecessor }: ServerInfo, owner: Scope): Lost | null {
  const lost = site.unreplicated.beyond(predecessor.replicationId, predecessor.offset);
  site.ledger.together(() => {
    for (const [id, before] of lost?.applied ?? []) {
      const bases = site.ledger.get(id)?.bases ?? [site.comparison.baseOf(id, site.store.get(idToKey(id)))];
      if (owner.has(id)) site.ledger.set(id, { bases: [...before, ...bases], wanted: true });
    }
  });
  return lost;
}

function isNone(policy: string): boolean {
  return policy === 'noeviction';
}

/** Of a replica that took over, how many its master had evicted last is not known: any at all count. */
function evictedSince(known: KnownServer, now: KnownServer): number {
  if (known.runId !== now.runId) return now.evicted + known.evicted;
  // A count that was set to nothing in between says less than it seems to.
  return now.evicted >= known.evicted ? now.evicted - known.evicted : now.evicted + 1;
}
