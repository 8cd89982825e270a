import { beforeEach, describe, expect } from '@jest/globals';
import type { IncidentRecord } from '../../../src/core/membership/records.js';
import { readSetAside } from '../../../src/core/membership/records.js';
import { BUCKETS } from '../../../src/core/model/bytes.js';
import { clientKeyOf, fullKey, isLive } from '../../../src/core/model/entry.js';
import { partNameText, partText } from '../../../src/core/model/part-ids.js';
import { isPartKey, PART, partKindOf, wholeKeyOf } from '../../../src/core/model/parts.js';
import type { Decision } from '../../../src/core/resolution/decisions.js';
import { livePartsOf } from '../../../src/core/resolution/live-parts.js';
import type { ShownItem, ShownPlan } from '../../../src/core/resolution/shown-plan.js';
import type { Strategy } from '../../../src/core/resolution/strategy.js';
import type { UndoRequest, UndoResult } from '../../../src/core/resolution/undo.js';
import { SLICES } from '../../../src/core/store/slices.js';
import { MiniCluster, type MiniNode, TIMEOUT_MS } from './mini-cluster.js';

export const LWW: Strategy = { kind: 'merge', policy: 'lww' };
/** So that even small hashes take many messages and steps. */
export const SMALL = { ...SLICES, readBytes: 60, keys: 2 };

export let cluster: MiniCluster;
export let a: MiniNode;
export let b: MiniNode;

export const full = (key: string) => fullKey(0, Buffer.from(key));

/** Tests that each begin with a cluster of its own, once in steps as they ship, and once in small ones. */
export function inSteps(title: string, tests: () => void): void {
  describe.each([
    ['one step', SLICES],
    ['small slices', SMALL],
  ])(`${title}, in %s`, (_name, slices) => {
    beforeEach(() => start(slices));
    tests();
  });
}

/** In the order of the calls: each is later than the one before. */
export function hset(node: MiniNode, key: string, fields: Record<string, string | null>): void {
  for (const [field, value] of Object.entries(fields)) {
    cluster.run(10);
    const { collections } = node.live;
    if (value === null) collections.delete(full(key), 'field', Buffer.from(field));
    else collections.put(full(key), 'field', Buffer.from(field), Buffer.from(value));
  }
}

export function incr(node: MiniNode, key: string, by: number): void {
  cluster.run(10);
  node.live.collections.add(full(key), BigInt(by));
}

export function set(node: MiniNode, key: string, value: string | null): void {
  cluster.run(10);
  node.set(key, value);
}

export function expire(node: MiniNode, key: string, inMs: number): void {
  cluster.run(10);
  node.live.collections.expire(full(key), inMs === 0 ? 0 : cluster.nowMs + inMs);
}

/** What a reader finds: a string, or the parts. */
export function read(node: MiniNode, key: string): unknown {
  const { store } = node.live.status.data;
  const whole = store.get(full(key));
  const parts = livePartsOf(store, full(key), cluster.nowMs).filter((part) => partKindOf(part.key) !== PART.expiry);
  const number = node.live.collections.numberAt(full(key), whole);
  if (number !== undefined) return Number(Buffer.from(number.value).toString());
  if (isLive(whole, cluster.nowMs)) return Buffer.from(whole.value).toString();
  if (parts.length === 0) return null;
  return Object.fromEntries(
    parts
      .map((part): [string, string] => [partNameText(part.key), Buffer.from(part.value!).toString()])
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

export function everywhere(key: string): unknown {
  const [first, ...others] = cluster.nodes.map((node) => read(node, key));
  for (const other of others) expect(other).toEqual(first);
  return first;
}

/** `KEY › name = value`, of what is set aside. */
export function asides(incident: string): string[] {
  const found: string[] = [];
  const { store } = a.live.status.records['replica' as never] as { store: { bucket(i: number): never[] } };
  for (let i = 0; i < BUCKETS; i++) {
    for (const entry of store.bucket(i)) {
      const aside = readSetAside(entry, incident);
      if (aside === null || aside.bare === true) continue;
      const { key, value } = aside;
      const name = isPartKey(key)
        ? `${Buffer.from(clientKeyOf(wholeKeyOf(key))).toString()} › ${partNameText(key)}`
        : Buffer.from(clientKeyOf(key)).toString();
      const text = value === null ? 'deleted' : Buffer.from(isPartKey(key) ? partText(key, value) : value).toString();
      found.push(`${name} = ${text}`);
    }
  }
  return found.sort();
}

export function start(slices = SLICES): void {
  cluster = new MiniCluster({ 'on-heal': 'manual' }, slices);
  a = cluster.add('a');
  b = cluster.add('b');
  cluster.until(() =>
    cluster.nodes.every((node) => node.live.state === 'serving' && node.live.status.peers.size === 1),
  );
}

/** Two islands, each of which has written something. */
export function apart(write: () => void): void {
  cluster.run(TIMEOUT_MS);
  cluster.partition([a], [b]);
  cluster.run(2 * TIMEOUT_MS);
  set(a, 'of a', 'a');
  set(b, 'of b', 'b');
  write();
  cluster.run(10);
  cluster.heal();
  cluster.until(() => cluster.nodes.every((node) => node.live.status.records.openIncidents().length === 1));
}

export function planOn(node: MiniNode, strategy: Strategy, decisions = new Map<string, Decision>()): ShownPlan {
  let plan: ShownPlan | null = null;
  const resolve = (made: ShownPlan): void => {
    plan = made;
  };
  node.live.operator.plan(strategy, decisions, { resolve, reject: fail });
  cluster.until(() => plan !== null);
  return plan!;
}

export function resolveOn(node: MiniNode, strategy: Strategy, decisions = new Map<string, Decision>()): IncidentRecord {
  let done: IncidentRecord | null = null;
  const resolve = (incident: IncidentRecord): void => {
    done = incident;
  };
  node.live.operator.resolve(strategy, decisions, null, { resolve, reject: fail });
  cluster.until(() => done !== null);
  cluster.run(4 * TIMEOUT_MS);
  return done!;
}

export function undoOn(node: MiniNode, request: Partial<UndoRequest> & { incident: string }): UndoResult {
  let done: UndoResult | null = null;
  const resolve = (result: UndoResult): void => {
    done = result;
  };
  node.live.operator.undo({ key: null, dryRun: false, ...request }, { resolve, reject: fail });
  cluster.until(() => done !== null);
  cluster.run(2 * TIMEOUT_MS);
  return done!;
}

function fail(error: Error): never {
  throw error;
}

export function rows(plan: ShownPlan): string[] {
  return [...plan.items].map((item: ShownItem) => {
    const key = Buffer.from(item.id, 'latin1');
    const name = isPartKey(key)
      ? `${Buffer.from(clientKeyOf(wholeKeyOf(key))).toString()} › ${partNameText(key)}`
      : Buffer.from(clientKeyOf(key)).toString();
    return `${name} ${item.conflict ? 'conflict' : 'one-sided'} ${item.outcome}`;
  });
}
