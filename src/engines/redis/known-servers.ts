import type { Storage } from '../../core/store/store.js';
import type { ScanReason } from './scan-scope.js';
import type { ServerInfo } from './server-info.js';
import { SLOTS, SlotSet } from './slots.js';

/** What is remembered of a server with which the node was the same. */
export interface KnownServer {
  readonly runId: string;
  readonly replicationId: string;
  /** All that the node knows of it comes from before this offset of its replication stream. */
  readonly offset: number;
  readonly evicted: number;
  /** Its `maxmemory-policy`. */
  readonly policy: string;
}

/**
 * For each slot, the server with which the node was last the same. It survives restarts: it says whether what a server
 * holds now is later than what the node knows, or may be earlier. A single Redis has all the slots.
 */
export class KnownServers {
  private servers = new Set<Mutable>();
  private readonly bySlot: (Mutable | undefined)[] = new Array(SLOTS).fill(undefined);

  constructor(private readonly storage: Storage) {
    for (const { slots, ...kept } of (storage.getMeta(NAME) as Kept[] | undefined) ?? []) {
      const offset = (storage.getMeta(OFFSET + kept.replicationId) as number | undefined) ?? kept.offset;
      const server = { ...kept, offset };
      for (const slot of SlotSet.of(slots)) this.bySlot[slot] = server;
      this.servers.add(server);
    }
  }

  get(slot: number): KnownServer | undefined {
    return this.bySlot[slot];
  }

  /** Whether the node was once the same as the whole of this Redis. */
  get isComplete(): boolean {
    return !this.bySlot.includes(undefined);
  }

  /** The node and this server are the same under these slots. Returns whether that is news. */
  set(slots: SlotSet, { runId, replicationId, offset, evicted, policy }: KnownServer): boolean {
    const server = { runId, replicationId, offset, evicted, policy };
    let isNews = false;
    for (const slot of slots) {
      const known = this.bySlot[slot];
      isNews ||= known?.runId !== runId || known.replicationId !== replicationId;
      isNews ||= known?.evicted !== evicted || known.policy !== policy;
    }
    if (!isNews) return false;
    for (const slot of slots) this.bySlot[slot] = server;
    this.servers = new Set(this.bySlot.filter((known) => known !== undefined));
    this.keep();
    return true;
  }

  /** The node has just learnt from, or written to, a server whose replication stream has come to `offset`. */
  reached(replicationId: string, offset: number): void {
    for (const server of this.servers) if (server.replicationId === replicationId) server.offset = offset;
    this.storage.setMeta(OFFSET + replicationId, offset);
  }

  private keep(): void {
    const slotsOf = new Map<Mutable, SlotSet>();
    for (const [slot, server] of this.bySlot.entries()) {
      if (server === undefined) continue;
      const slots = slotsOf.get(server) ?? new SlotSet();
      slots.add(slot);
      slotsOf.set(server, slots);
    }
    const kept: Kept[] = [...slotsOf].map(([server, slots]) => ({ ...server, slots: slots.toString() }));
    this.storage.setMeta(NAME, kept);
    for (const name of this.storage.metaNames(OFFSET)) {
      if (!kept.some(({ replicationId }) => name === OFFSET + replicationId)) this.storage.setMeta(name, undefined);
    }
  }
}

/**
 * What a difference between the node and a server means that has slots of which `known` was remembered.
 * @param isMoved whether they come from a server that is alive
 * @param isLossKnown whether all is known that a replica lacks which took over
 */
export function reasonOf(
  known: KnownServer | undefined,
  now: ServerInfo,
  isMoved: boolean,
  isLossKnown: boolean,
): ScanReason {
  if (known === undefined) return 'attach';
  if (known.runId === now.runId && known.replicationId === now.replicationId) return 'gap';
  // A replica that took over, and has all that the node knows of its master.
  const { predecessor } = now;
  const hasTakenOver = predecessor.replicationId === known.replicationId;
  if (hasTakenOver && (predecessor.offset >= known.offset || isLossKnown)) return 'gap';
  return isMoved ? 'gap' : 'suspect';
}

// ---------------------------------------------------------------------------------------------------------------------

const NAME = 'redis/attached';
const OFFSET = 'redis/offset/';

/** Its offset grows. */
type Mutable = { -readonly [name in keyof KnownServer]: KnownServer[name] };

interface Kept extends KnownServer {
  readonly slots: string;
}
