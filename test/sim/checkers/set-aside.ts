import type { IncidentRecord } from '../../../src/core/membership/records.js';
import { readSetAside } from '../../../src/core/membership/records.js';
import { BUCKETS, bytesToId, idToBytes } from '../../../src/core/model/bytes.js';
import { type Entry, isTombstone, lastWriteOf } from '../../../src/core/model/entry.js';
import { VersionVector } from '../../../src/core/model/vector.js';
import {
  isAfter,
  isSameWrite,
  lastHlcOf,
  type Origin,
  type ReplicaId,
  versionName,
} from '../../../src/core/model/version.js';
import type { Checker } from '../checker.js';
import { EXPIRING_MS, isExpiring, looksSame } from '../content.js';
import { expiryKeyOf, isEnded, isPart, kindOf, readExpiry, splitPart } from '../parts.js';
import { authorOf, type SimNode } from '../sim-node.js';
import type { World } from '../world.js';
import { keyId, knewOf, type Write } from '../writes.js';
import { show } from './vector.js';

/**
 * R12: what a resolution overrode is set aside. Judged from what the members of every island hold at the moment at which
 * the record says resolved, while their data is still apart: of each key the greatest version that the plan covered, per
 * island; all but the one that stands must be among the set-aside values, unless a later author had seen them, and that one must not.
 */
export class SetAsideChecker implements Checker {
  readonly name = 'set-aside';
  /** What a rewrite replaced on the executor, by the rewrite's author, timestamp (the fence) and key. */
  private readonly replaced = new Map<string, Entry>();
  /** Keys that are, or were, numbers with counts: what a whole says there is not what a reader finds. */
  private readonly counted = new Set<string>();
  /** How many resolutions each incident had: the fence of one that raises its own counts as another's. */
  private readonly fences = new Map<string, Set<number>>();

  constructor(private readonly world: World) {}

  fenced({ id, fence }: IncidentRecord): void {
    this.fences.set(id, (this.fences.get(id) ?? new Set()).add(fence!));
  }

  writing(node: SimNode, write: Write, before: Entry | undefined): void {
    const { group, entry } = write;
    if (group === 'data' && isPart(entry.key) && kindOf(entry.key) === 'count')
      this.counted.add(bytesToId(splitPart(entry.key).whole));
    if (write.group !== 'data' || write.entry.touch !== undefined) return;
    if (before !== undefined) this.replaced.set(rewriteName(node.replica, write.entry.hlc, write.id), before);
    // A whole that is written ends the expiry of the parts.
    const expiry = isPart(entry.key) ? undefined : node.disk.inner('data').get(expiryKeyOf(entry.key));
    if (expiry !== undefined) this.replaced.set(rewriteName(node.replica, entry.hlc, keyId(expiry)), expiry);
  }

  resolved(executor: SimNode, incident: IncidentRecord): void {
    const covered = VersionVector.from(incident.covered!);
    const aside = setAsideVersions(executor, incident.id);
    const islands = this.islandsOf(executor, incident);
    const ids = new Set<string>();
    for (const island of islands) for (const node of island) for (const id of keysOf(node)) ids.add(id);
    const partsOf = new Map<string, string[]>();
    for (const id of ids) {
      const key = idToBytes(id);
      if (!isPart(key) || kindOf(key) === 'expiry') continue;
      const whole = bytesToId(splitPart(key).whole);
      partsOf.set(whole, [...(partsOf.get(whole) ?? []), id]);
    }
    const resolution = { executor, incident, islands, covered, aside, partsOf };
    for (const id of ids) if (!this.counted.has(id)) this.checkKey(resolution, id);
  }

  private checkKey(resolution: Resolution, id: string): void {
    const { executor, incident, aside, islands } = resolution;
    const nowMs = executor.wallMs;
    const candidates = this.candidatesFor(resolution, id);
    const winner = candidates === null ? undefined : greatest(candidates.map(({ entry }) => entry));
    if (candidates === null || winner === undefined) return;
    // What another resolution left is not known to the one that ends it, and one that is left alone ends as it is.
    const isAlone = islands.filter((island) => island.length > 0).length < 2;
    // By its touch too: one that an island had of the same value may have lost.
    if (!isAlone && this.fences.get(incident.id)?.size === 1 && aside.has(stateName(winner)))
      this.world.fail(this.name, `${incident.id} by ${executor.name}: ${show(winner)} stands, and is set aside`);
    for (const { entry: loser, island } of candidates) {
      if (isOneValue(loser, winner, nowMs)) continue;
      if (looksSame(this.seenAs(loser, id), this.seenAs(winner, id), nowMs)) continue;
      const isWithKey = !isPart(winner.key) && this.isOfLostKey(resolution, loser, island, candidates, winner);
      if (!isWithKey && this.isSuperseded(loser, candidates, incident)) continue;
      if (aside.has(valueName(loser))) continue;
      if (this.isKnownToAside(loser, aside)) continue;
      // Of an evicted part there is nothing that an undo could bring back.
      if (isPart(loser.key) && loser.evicted === true) continue;
      this.world.fail(
        this.name,
        `${incident.id} by ${executor.name}: ${show(loser)} lost to ${show(winner)} and is not set aside (${JSON.stringify(incident.strategy)}, fence ${incident.fence}; ${candidates
          .map(
            ({ entry, island }) =>
              `${island.map(({ name }) => name)}: ${show(entry)}${this.isRewrite(entry, incident) ? ' rewritten' : ''}`,
          )
          .join('; ')})`,
      );
    }
  }

  /** What each island has for a key, or for a part, of which its whole may be the later write: that has ended it. null: not to be judged. */
  private candidatesFor(resolution: Resolution, id: string): Candidate[] | null {
    const { executor, incident, islands, covered } = resolution;
    const key = idToBytes(id);
    if (isPart(key) && (kindOf(key) === 'count' || kindOf(key) === 'expiry')) return null;
    const ids = isPart(key) ? [id, bytesToId(splitPart(key).whole)] : [id];
    if (isPart(key) && this.mayHaveExpired(resolution, splitPart(key).whole)) return null;
    const candidates: Candidate[] = [];
    for (const island of islands) {
      const held = island.flatMap((node) => ids.flatMap((one) => node.disk.inner('data').get(idToBytes(one)) ?? []));
      // Written since the fence: that is later than the resolution, an ordinary write.
      if (held.some((entry) => lastHlcOf(entry) >= incident.fence! && !this.isRewrite(entry, incident))) return null;
      if (held.some((entry) => !isCovered(covered, entry) || isExpiring(entry, executor.wallMs))) return null;
      const best = greatest(held);
      if (best !== undefined) candidates.push({ entry: best, island });
    }
    const replaced = ids.flatMap((one) => this.replaced.get(rewriteName(executor.replica, incident.fence!, one)) ?? []);
    const before = greatest(replaced);
    if (before !== undefined) candidates.push({ entry: before, island: [executor] });
    return candidates;
  }

  /** Whether a key with parts may be over for one observer and not for another one, or be over and be deleted as a whole on some island. */
  private mayHaveExpired({ executor, incident, islands }: Resolution, whole: Uint8Array): boolean {
    const key = expiryKeyOf(whole);
    // The executor's may have been written anew since.
    const replaced = this.replaced.get(rewriteName(executor.replica, incident.fence!, bytesToId(key)));
    const expiries = [replaced, ...islands.flat().map((node) => node.disk.inner('data').get(key))];
    return expiries.some((expiry) => {
      if (expiry === undefined || expiry.value === null) return false;
      const { expiryMs, floor } = readExpiry(expiry.value);
      return floor !== 0 || (expiryMs !== 0 && expiryMs < executor.wallMs + EXPIRING_MS);
    });
  }

  /** How a reader of the key finds it: of a part there is nothing where its whole is the last write. */
  private seenAs(entry: Entry, id: string): Entry | undefined {
    return keyId(entry) === id ? this.asWritten(entry) : undefined;
  }

  /**
   * Whether the part is of a key that was changed there, and ended as a whole by somebody who did not know of it: it is lost with what was
   * changed, whoever knew of the part itself.
   */
  private isOfLostKey(
    { executor, incident, covered, partsOf }: Resolution,
    loser: Entry,
    island: readonly SimNode[],
    candidates: readonly Candidate[],
    winner: Entry,
  ): boolean {
    if (!isPart(loser.key) || loser.value === null) return false;
    const whole = splitPart(loser.key).whole;
    const standing = candidates.filter(({ entry }) => isSameWrite(entry, winner));
    return (partsOf.get(bytesToId(whole)) ?? []).some((id) =>
      island.some((node) => {
        const store = node.disk.inner('data');
        const part = store.get(idToBytes(id));
        if (part === undefined || part.value === null || isEnded(store, part)) return false;
        if (!isCovered(covered, part) || isExpiring(part, executor.wallMs)) return false;
        if (lastHlcOf(part) >= incident.fence! || this.isSuperseded(part, candidates, incident)) return false;
        // What the island that stands has seen is decided there as any other write.
        return !standing.some((other) => other.island !== island && hasSeen(other.island, part));
      }),
    );
  }

  /** Whether some island has seen the loser, and has something greater all the same. */
  private isSuperseded(loser: Entry, candidates: readonly Candidate[], incident: IncidentRecord): boolean {
    return candidates.some(
      ({ entry, island }) =>
        isAfter(entry, loser) &&
        !this.isRewrite(entry, incident) &&
        (this.knew(entry, loser) || hasSeen(island, loser)),
    );
  }

  /** Whether somebody who had seen the loser wrote what was set aside of an island that went away before all was done. */
  private isKnownToAside(loser: Entry, aside: ReadonlySet<string>): boolean {
    const id = keyId(loser);
    const prefix = `${id}|`;
    return [...aside].some((name) => {
      if (!name.startsWith(prefix)) return false;
      const [hlc, origin] = name.slice(prefix.length).split('|');
      const writes = this.world.book.of('data', origin as Origin);
      const entry = writes.find((write) => write.id === id && write.entry.hlc === Number(hlc))?.entry;
      return entry !== undefined && isAfter(entry, loser) && this.knew(entry, loser);
    });
  }

  /** A stub is not lost where its value stands, nor a value where the same one was evicted since. */
  private asWritten(entry: Entry): Entry {
    return entry.evicted === true ? (this.world.book.find('data', entry)?.entry ?? entry) : entry;
  }

  private knew(later: Entry, earlier: Entry): boolean {
    const { book } = this.world;
    // What its replica had acknowledged before it was set back counts as known: it was written while all were in sync.
    if (this.world.setBack.has(authorOf(later))) return true;
    return knewOf(book.find('data', later)!, book.find('data', earlier)!);
  }

  /** Whether this resolution wrote the entry: what it overrides is what the plan chose to. */
  private isRewrite(entry: Entry, incident: IncidentRecord): boolean {
    return entry.hlc === incident.fence && this.replaced.has(rewriteName(authorOf(entry), entry.hlc, keyId(entry)));
  }

  private islandsOf(executor: SimNode, incident: IncidentRecord): SimNode[][] {
    return incident.islands.map((island) =>
      island.replicas
        .filter((replica) => incident.participants.includes(replica))
        .flatMap((replica) => this.world.nodeOf(replica) ?? [])
        .filter((node) => node.isJoined || node === executor),
    );
  }
}

function rewriteName(author: ReplicaId, hlc: number, id: string): string {
  return `${author}/${hlc}/${id}`;
}

/** A value as it was touched last. */
function stateName(entry: Entry): string {
  return `${keyId(entry)}=${versionName(entry)}`;
}

function valueName(entry: Entry): string {
  return `${keyId(entry)}|${entry.hlc}|${entry.origin}`;
}

interface Resolution {
  readonly executor: SimNode;
  readonly incident: IncidentRecord;
  readonly islands: readonly (readonly SimNode[])[];
  readonly covered: VersionVector;
  /** What is set aside, by `valueName` and `stateName`. */
  readonly aside: ReadonlySet<string>;
  /** The ids of the parts of each key, by its id. */
  readonly partsOf: ReadonlyMap<string, readonly string[]>;
}

interface Candidate {
  readonly entry: Entry;
  readonly island: readonly SimNode[];
}

function setAsideVersions(node: SimNode, incident: string): Set<string> {
  const found = new Set<string>();
  const store = node.disk.inner('system');
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    for (const entry of store.bucket(bucket)) {
      const aside = readSetAside(entry, incident);
      if (aside === null) continue;
      found.add(valueName(aside));
      found.add(stateName(aside));
    }
  }
  return found;
}

export function keysOf(node: SimNode): string[] {
  const store = node.disk.inner('data');
  const keys: string[] = [];
  for (let bucket = 0; bucket < BUCKETS; bucket++) for (const entry of store.bucket(bucket)) keys.push(keyId(entry));
  return keys;
}

/** Whether a member of an island has got it, whatever it has of it now. */
function hasSeen(island: readonly SimNode[], entry: Entry): boolean {
  return island.some((node) => isCovered(node.disk.inner('data').vector, entry));
}

function isCovered(vector: Readonly<VersionVector>, entry: Entry): boolean {
  const { origin, seq } = lastWriteOf(entry);
  return vector.covers(origin, seq);
}

/** They differ in a touch of the expiry alone: nothing could be restored. */
export function isOneValue(one: Entry, other: Entry, nowMs: number): boolean {
  return isSameWrite(one, other) && isTombstone(one, nowMs) === isTombstone(other, nowMs);
}

function greatest(entries: readonly Entry[]): Entry | undefined {
  return entries.reduce<Entry | undefined>(
    (best, entry) => (best === undefined || isAfter(entry, best) ? entry : best),
    undefined,
  );
}
