import fc from 'fast-check';
import { type Bytes, bytesToId, idToBytes } from '../../src/core/model/bytes.js';
import { type Entry, isLive } from '../../src/core/model/entry.js';
import { VersionVector } from '../../src/core/model/vector.js';
import { isAfter, originOf, type ReplicaId } from '../../src/core/model/version.js';
import type { Decision } from '../../src/core/resolution/decisions.js';
import type { OneSidedTally } from '../../src/core/resolution/one-sided-keys.js';
import { makePlan, type Plan, type PlanIsland } from '../../src/core/resolution/plan.js';
import type { Strategy } from '../../src/core/resolution/strategy.js';
import { A, anyKey, B, bytes, C, NOW_MS } from './samples.js';

export const REPLICAS: readonly ReplicaId[] = [A, B, C];

/** One step of a history: an island writes, or takes in all that another one has. */
export type Step =
  | { readonly kind: 'write'; readonly at: number; key: Bytes; value: string | null; expiryMs: number; waitMs: number }
  | { readonly kind: 'copy'; readonly at: number; readonly from: number };

/** What an island has in all: its greatest entries, and what it has seen. */
export interface World {
  readonly replica: ReplicaId;
  readonly entries: Map<string, Entry>;
  readonly vector: VersionVector;
}

const at = fc.nat(2);
const writeStep = fc.record({
  kind: fc.constant('write' as const),
  at,
  key: anyKey,
  value: fc.constantFrom(null, '', 'x', 'y'),
  expiryMs: fc.constantFrom(0, 0, NOW_MS - 1, NOW_MS, NOW_MS + 1, NOW_MS + 3e9),
  waitMs: fc.constantFrom(0, 0, 1),
});
const copyStep = fc.record({ kind: fc.constant('copy' as const), at, from: at });

export const anyHistory: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof({ weight: 5, arbitrary: writeStep }, { weight: 1, arbitrary: copyStep }),
  { maxLength: 25, size: 'max' },
);

/** Three islands after a history. Each has a clock of its own, so that equal timestamps are frequent. */
export function worldsAfter(history: readonly Step[]): World[] {
  const worlds = REPLICAS.map((replica) => ({ replica, entries: new Map(), vector: new VersionVector(), hlc: 0 }));
  for (const step of history) {
    const world = worlds[step.at]!;
    if (step.kind === 'copy') {
      const from = worlds[step.from]!;
      for (const entry of from.entries.values()) put(world, entry);
      world.vector.merge(from.vector);
      world.hlc = Math.max(world.hlc, from.hlc);
      continue;
    }
    world.hlc += 1 + step.waitMs * 4096;
    const origin = originOf(world.replica, 1);
    const seq = world.vector.get(origin) + 1;
    const value = step.value === null ? null : bytes(step.value);
    const expiryMs = value === null ? 0 : step.expiryMs;
    put(world, { key: step.key, value, expiryMs, hlc: world.hlc, origin, seq });
    world.vector.advance(origin, seq);
  }
  return worlds;
}

/** What the first of the worlds, as executor, makes of them all. */
export function planOf(
  worlds: readonly World[],
  strategy: Strategy,
  decisions = new Map<string, Decision>(),
  oneSided?: OneSidedTally,
): Plan {
  const own = worlds[0]!;
  return makePlan({
    strategy,
    decisions,
    islands: worlds.map((world, i) => islandOf(worlds, world, i)),
    own: (key) => own.entries.get(bytesToId(key)),
    fence: null,
    skewMs: 0,
    nowMs: NOW_MS,
    ...(oneSided === undefined ? {} : { oneSided }),
  });
}

/** What a reader finds under a key after the plan was carried out and replication has converged. */
export function readAfter(plan: Plan, worlds: readonly World[], id: string): string {
  const rewrite = plan.items.find((item) => bytesToId(item.key) === id)?.rewrite ?? null;
  if (rewrite !== null) return shown({ ...rewrite, key: idToBytes(id), hlc: 0, origin: '', seq: 0 });
  let greatest: Entry | undefined;
  for (const { entries } of worlds) {
    const entry = entries.get(id);
    if (entry !== undefined && (greatest === undefined || isAfter(entry, greatest))) greatest = entry;
  }
  return shown(greatest);
}

/** What a reader finds of an entry, as text. */
export function shown(entry: Entry | undefined): string {
  return isLive(entry, NOW_MS) ? `"${Buffer.from(entry.value).toString('latin1')}" until ${entry.expiryMs}` : 'nothing';
}

export function idsOf(worlds: readonly World[]): string[] {
  return [...new Set(worlds.flatMap(({ entries }) => [...entries.keys()]))].sort();
}

function put(world: World, entry: Entry): void {
  const known = world.entries.get(bytesToId(entry.key));
  if (known === undefined || isAfter(entry, known)) world.entries.set(bytesToId(entry.key), entry);
}

/** The executor's changes are what some other island has not seen; another island's, what the executor has not seen. */
function islandOf(worlds: readonly World[], world: World, index: number): PlanIsland {
  const unaware = index === 0 ? worlds.slice(1) : worlds.slice(0, 1);
  const changed = [...world.entries].filter(([, { origin, seq }]) =>
    unaware.some(({ vector }) => !vector.covers(origin, seq)),
  );
  return { replicas: [world.replica], vector: world.vector, changed: new Map(changed) };
}
