import { type Bytes, idToBytes } from '../model/bytes.js';
import { type Entry, isDeleted, isLive, isTombstone, lastWriteOf, type ValueType } from '../model/entry.js';
import { type Hlc, hlcToMs } from '../model/hlc.js';
import { wholeIdOf } from '../model/part-ids.js';
import { isEnded, isPartKey, standsOn, wholeKeyOf } from '../model/parts.js';
import { ruleFor } from '../model/policy-text.js';
import { compareVersions, isAfter, isSameVersion, isSameWrite } from '../model/version.js';
import { decisionOn } from './decisions.js';
import type { PlanInput, PlanIsland, PlanItem } from './plan.js';
import { isCustom, isManual, isUndecided, type KnownPolicy } from './strategy.js';

/** What a version says, without the version. */
export interface Content {
  readonly value: Bytes | null;
  readonly expiryMs: number;
  readonly type?: ValueType;
}

/** What happens to a key that the islands have changed. */
export function decide(input: PlanInput, id: string): PlanItem {
  const versions = dropKnown(input, id);
  const changed: number[] = [];
  for (let i = 0; i < versions.length; i++) if (versions[i] !== undefined) changed.push(i);
  const key = versions[changed[0] ?? 0]?.key ?? idToBytes(id);
  const conflict = changed.length > 1;
  const lww = greatest(versions, changed);
  const isLater = input.fence !== null && (versions[lww]?.hlc ?? 0) > input.fence;
  if (input.strategy.kind === 'promote' && !isLater) return promote(input, key, versions, conflict);
  const decision = isCustom(input.strategy) ? input.decisions.get(id) : undefined;
  const decided = decisionOn(decision, versions, changed);
  const [chosen, why] = isLater
    ? [lww, 'written during the resolution']
    : conflict
      ? choose({ input, id, versions, changed, lww, has: (island) => input.islands[island]?.changed.get(id) }, decided)
      : [lww, 'changed on one island only'];
  // There is no value that could be written anew.
  const isLost = chosen !== lww && versions[chosen]?.evicted === true;
  const [outcome, reason] = isLost ? [lww, `last write (evicted: ${why})`] : [chosen, why];
  const standing = versions[outcome];
  const manual = conflict && !isLater && decided < 0 && isManual(input.strategy, id);
  const overridden: number[] = [];
  // What nobody has decided yet overrides nothing.
  for (const i of manual ? [] : changed)
    if (i !== outcome && loses(versions[i], standing, input.nowMs)) overridden.push(i);
  const rewrite = outcome === lww || standing === undefined ? null : contentOf(standing, input.nowMs);
  return {
    key,
    versions,
    outcome,
    reason,
    overridden,
    rewrite,
    conflict,
    uncertain: isUncertain(input, versions, changed),
    undecided: conflict && !isLater && decided < 0 && isUndecided(input.strategy) && !haveOneValue(versions, changed),
    pick: decision?.picked !== true || isLater ? null : outcome === decided ? 'held' : 'missed',
    manual,
    later: isLater,
  };
}

/** Islands have touched one value: a policy of the operator's own is not asked which expiry it is to have. */
function haveOneValue(versions: readonly (Entry | undefined)[], changed: readonly number[]): boolean {
  return changed.every((i) => isSameWrite(versions[i]!, versions[changed[0]!]!));
}

/** Every island's version, leaving out those that another island has seen: they are history there, not a conflict. */
export function dropKnown(input: PlanInput, id: string): (Entry | undefined)[] {
  const { islands } = input;
  const versions = islands.map((island) => island.changed.get(id));
  if (islands.length === 2 && (versions[0] === undefined || versions[1] === undefined)) return versions;
  return versions.map((version, i) => (version !== undefined && isKnown(islands, versions, i) ? undefined : version));
}

function isKnown(islands: readonly PlanIsland[], versions: readonly (Entry | undefined)[], at: number): boolean {
  for (let i = 0; i < versions.length; i++) {
    const other = versions[i];
    if (i !== at && other !== undefined && isKnownAt(versions[at]!, islands[i]!, other, i < at)) return true;
  }
  return false;
}

/** Whether the island has replaced the version knowingly. Of two islands with the same version the first keeps it. */
function isKnownAt(version: Entry, island: PlanIsland, itsVersion: Entry, isFirst: boolean): boolean {
  const order = compareVersions(itsVersion, version);
  if (order === 'equal') return isFirst;
  const { origin, seq } = lastWriteOf(version);
  return order === 'after' && island.vector.covers(origin, seq);
}

function promote(input: PlanInput, key: Bytes, versions: (Entry | undefined)[], conflict: boolean): PlanItem {
  const { nowMs } = input;
  const own = input.own(key);
  const others = versions.flatMap((version, i) => (i > 0 && version !== undefined ? [i] : []));
  const differing = others.filter((i) => differs(versions[i], own, nowMs));
  const isOverruled =
    others.some((i) => (own === undefined || isAfter(versions[i]!, own)) && !isEndedBy(input, versions[i]!)) &&
    differing.length > 0;
  // A member that has its value would lose it by the rewrite.
  const overridden = isOverruled && isEvicted(own, nowMs) ? [0, ...differing] : differing;
  return {
    key,
    versions: [own, ...versions.slice(1)],
    outcome: 0,
    reason: own?.evicted === true ? 'the promoted node has evicted this' : 'the promoted node has this',
    overridden,
    rewrite: isOverruled ? contentOf(own, nowMs) : null,
    conflict,
    uncertain: false,
    undecided: false,
    pick: null,
    manual: false,
    later: false,
  };
}

/** Whether the promoted node has a whole that ends this part wherever they meet. */
function isEndedBy({ own }: PlanInput, version: Entry): boolean {
  return isPartKey(version.key) && isEnded(standsOn(version), own(wholeKeyOf(version.key)));
}

/** Versions of which one is to stand. */
export interface Choice {
  readonly input: PlanInput;
  readonly id: string;
  readonly versions: readonly (Entry | undefined)[];
  /** The islands whose versions are candidates, and the one of them whose version is the last write. */
  readonly changed: readonly number[];
  readonly lww: number;
  /** What an island has, known to others or not. */
  readonly has: (island: number) => Entry | undefined;
}

export function choose(choice: Choice, decided: number): [outcome: number, reason: string] {
  const { input, id, versions, changed, lww } = choice;
  const { strategy } = input;
  if (strategy.kind !== 'merge') return [lww, 'last write'];
  if (strategy.policy !== 'custom') return byPolicy(strategy, choice);
  const { name, otherwise } = strategy;
  if (otherwise === undefined && decided < 0 && haveOneValue(versions, changed))
    return [lww, lwwReason(versions, changed, lww)];
  if (otherwise === undefined && decided < 0)
    return [lww, `last write (policy ${name} was not asked about these versions)`];
  if (otherwise === undefined) return [decided, input.decisions.get(id)?.picked === true ? 'picked' : `policy ${name}`];
  const [outcome, why] = byPolicy(otherwise, choice);
  // Most picks of a saved plan are what its policy says, and that says more.
  return decided < 0 || decided === outcome ? [outcome, why] : [decided, 'picked'];
}

function byPolicy(policy: KnownPolicy, choice: Choice): [outcome: number, reason: string] {
  const { input, id, versions, changed, lww } = choice;
  if (policy.policy === 'by-prefix') {
    const rule = ruleFor(policy.rules, wholeIdOf(id).slice(1));
    if (rule.policy === 'manual') return [lww, 'left to the operator'];
    return byPolicy(rule, choice);
  }
  if (policy.policy === 'prefer') {
    const preferred = candidateOf(
      choice,
      input.islands.findIndex(({ replicas }) => replicas.includes(policy.node)),
    );
    return preferred < 0 ? [lww, 'last write'] : [preferred, 'preferred island'];
  }
  if (policy.policy === 'keep-longest-ttl') return keepLongestTtl(versions, changed, lww);
  return [lww, lwwReason(versions, changed, lww)];
}

/** Where an island's version is among the candidates: islands that share one are listed once. -1: it has none. */
function candidateOf({ versions, changed, has }: Choice, island: number): number {
  const version = has(island);
  if (version === undefined) return -1;
  return changed.find((i) => compareVersions(versions[i]!, version) === 'equal') ?? -1;
}

/** The value that lives longest stands; a delete does not live at all. Equal lives: the last write stands. */
function keepLongestTtl(
  versions: readonly (Entry | undefined)[],
  changed: readonly number[],
  lww: number,
): [outcome: number, reason: string] {
  const lifeOf = (i: number): number => {
    const version = versions[i]!;
    return version.value === null ? -1 : version.expiryMs === 0 ? Number.POSITIVE_INFINITY : version.expiryMs;
  };
  const longest = Math.max(...changed.map(lifeOf));
  const candidates = changed.filter((i) => lifeOf(i) === longest);
  const outcome = candidates.includes(lww) ? lww : greatest(versions, candidates);
  return [outcome, candidates.length > 1 ? 'last write of the longest lives' : 'lives longest'];
}

function lwwReason(versions: readonly (Entry | undefined)[], changed: readonly number[], lww: number): string {
  const winner = versions[lww]!;
  let [before, touch] = [0, 0];
  for (const i of changed) {
    if (i === lww) continue;
    before = Math.max(before, decidingHlc(versions[i]!, winner));
    touch = Math.max(touch, versions[i]!.touch?.hlc ?? 0);
  }
  const isByTouch = haveOneValue(versions, changed);
  const [decides, what] = isByTouch
    ? [lastWriteOf(winner).hlc, 'last touch of the expiry']
    : [winner.hlc, 'last write'];
  if (touch > decides && isDeleted(winner)) return 'deleted; a touch of the expiry does not bring it back';
  if (touch > decides) return 'last write; a touch of the expiry of the value before is none';
  const difference = hlcToMs(decides) - hlcToMs(before);
  return difference > 0 ? `${what}, ${difference} ms later` : `${what}, same millisecond`;
}

/** By what a version is compared with another: where both are of one value by the touch, else by the value's write. */
function decidingHlc(version: Entry, other: Entry): Hlc {
  return isSameWrite(version, other) ? lastWriteOf(version).hlc : version.hlc;
}

export function greatest(versions: readonly (Entry | undefined)[], among: readonly number[]): number {
  let best = among[0] ?? 0;
  for (const i of among) if (isAfter(versions[i]!, versions[best]!)) best = i;
  return best;
}

export function isUncertain(
  input: PlanInput,
  versions: readonly (Entry | undefined)[],
  changed: readonly number[],
): boolean {
  if (changed.length < 2) return false;
  const latest = greatest(versions, changed);
  const before = changed.filter((i) => i !== latest);
  const [top, next] = [versions[latest]!, versions[greatest(versions, before)]!];
  return hlcToMs(decidingHlc(top, next)) - hlcToMs(decidingHlc(next, top)) < input.skewMs;
}

/** Whether a reader would see a difference between the two versions of a key. Of evicted values only the version is known. */
export function differs(a: Entry | undefined, b: Entry | undefined, nowMs: number): boolean {
  if (isEvicted(a, nowMs) || isEvicted(b, nowMs)) return !isSameVersion(a, b);
  const liveA = isLive(a, nowMs);
  const liveB = isLive(b, nowMs);
  if (!liveA || !liveB) return liveA !== liveB;
  return a.expiryMs !== b.expiryMs || a.type !== b.type || Buffer.compare(a.value, b.value) !== 0;
}

/** Whether something is lost with a version that does not stand. The expiry of the same value is nothing that could be restored. */
export function loses(version: Entry | undefined, standing: Entry | undefined, nowMs: number): boolean {
  const isOneValue = version !== undefined && standing !== undefined && isSameWrite(version, standing);
  if (isOneValue && isTombstone(version, nowMs) === isTombstone(standing, nowMs)) return false;
  return differs(version, standing, nowMs);
}

function isEvicted(entry: Entry | undefined, nowMs: number): boolean {
  return entry?.evicted === true && !isTombstone(entry, nowMs);
}

/** For an evicted entry there is nothing to write anew, except that no reader finds it. */
export function contentOf(entry: Entry | undefined, nowMs: number): Content {
  if (!isLive(entry, nowMs)) return { value: null, expiryMs: 0 };
  const { value, expiryMs, type } = entry;
  return type === undefined ? { value, expiryMs } : { value, expiryMs, type };
}
