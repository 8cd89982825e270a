import { bytesToId } from '../../../src/core/model/bytes.js';
import { type Entry, isDeleted, lastWriteOf } from '../../../src/core/model/entry.js';
import { type Origin, type ReplicaId, replicaOf } from '../../../src/core/model/version.js';
import type { Group } from '../../../src/core/store/store.js';
import type { Checker } from '../checker.js';
import { type PartOperation, SHAPES } from '../part-clients.js';
import {
  type Expiry,
  isLater,
  isLaterEntry,
  isPart,
  isSame,
  type Kind,
  kindOf,
  readCount,
  readExpiry,
  splitPart,
  standing,
} from '../parts.js';
import type { SimNode } from '../sim-node.js';
import type { World } from '../world.js';
import { knewOf, type Write } from '../writes.js';
import { show } from './vector.js';

/** Clocks are off by less than half of that, once all is healed. */
const NEAR_MS = 3000;
const EPOCH_MS = Date.UTC(2020, 0, 1);

/** What a reader finds at a key. */
interface Seen {
  readonly type: 'none' | 'string' | 'hash' | 'set' | 'zset';
  readonly content: string;
  readonly expiryMs: number;
}

interface Increment {
  readonly write: Write;
  readonly amount: number;
}

/** All that was written to a key with parts. */
class KeyHistory {
  readonly wholes: Write[] = [];
  readonly parts: Write[] = [];
  readonly increments: Increment[] = [];
  /** What no member had any more was forgotten by all. */
  isEvicted = false;

  constructor(readonly key: Uint8Array) {}
}

/**
 * R13: after convergence a key holds what it would hold had one Redis received all operations in order of their versions. All writes are kept
 * here as their authors made them, and replayed by a model of its own. What a client has done itself it sees at once.
 */
export class PartsChecker implements Checker {
  readonly name = 'parts';
  private readonly histories = new Map<string, KeyHistory>();
  private adding: number | null = null;
  private numberBefore = 0n;
  /** How far of an author's writes a replica has come. */
  private readonly reached = new Map<ReplicaId, Map<Origin, number>>();

  constructor(private readonly world: World) {}

  // ---- what is done

  operating(node: SimNode, operation: PartOperation): void {
    this.historyOf(operation.key);
    if (operation.name !== 'add') return;
    this.adding = operation.amount;
    const entry = node.core!.get(operation.key);
    this.numberBefore = entry === undefined ? 0n : BigInt(Buffer.from(entry.value).toString());
  }

  operated(node: SimNode, operation: PartOperation): void {
    this.adding = null;
    const problem = problemAfter(node, operation, this.numberBefore);
    if (problem !== null) this.fail(node, `after ${operation.name} of ${nameOf(operation.key)}: ${problem}`);
  }

  writing(_node: SimNode, write: Write, before: Entry | undefined): void {
    const { group, entry } = write;
    if (group !== 'data') return;
    if (!isPart(entry.key)) {
      this.histories.get(write.id)?.wholes.push(write);
      return;
    }
    const history = this.historyOf(splitPart(entry.key).whole);
    history.parts.push(write);
    if (kindOf(entry.key) === 'count')
      history.increments.push({ write, amount: this.adding ?? addedBy(entry, before) });
  }

  advanced(node: SimNode, group: Group, origin: Origin, _from: number, upto: number): void {
    if (group !== 'data') return;
    const known = this.reached.get(node.replica) ?? new Map<Origin, number>();
    known.set(origin, Math.max(known.get(origin) ?? 0, upto));
    this.reached.set(node.replica, known);
  }

  crashed(node: SimNode): void {
    const known = this.reached.get(node.replica);
    const { vector } = node.disk.inner('data');
    for (const [origin, upto] of known ?? []) known!.set(origin, Math.min(upto, vector.get(origin)));
  }

  putting(_node: SimNode, group: Group, entry: Entry, before: Entry | undefined): void {
    if (group === 'data' && before?.evicted === true && isSame(before, entry) && isDeleted(entry))
      this.forgotten(entry);
  }

  /** What has expired is collected only when nobody can have moved the expiry in time. */
  dropping(node: SimNode, group: Group, entry: Entry): void {
    if (group === 'data' && entry.evicted === true) this.forgotten(entry);
    if (group !== 'data' || entry.value === null || !isPart(entry.key) || kindOf(entry.key) === 'expiry') return;
    const { former } = this.world;
    if (former.has(node.replica) || node.disk.getMeta('joined') === undefined) return;
    const history = this.historyOf(splitPart(entry.key).whole);
    const known = this.reached.get(node.replica);
    const isThere = (write: Write): boolean => {
      const { origin, seq } = lastWriteOf(write.entry);
      // Of a member that was forgotten it may have some.
      const isKnown = !former.has(replicaOf(origin)) || seq <= (known?.get(origin) ?? 0);
      return !write.lost && !write.isUncertain && isKnown;
    };
    const all = { wholes: history.wholes.filter(isThere), parts: history.parts.filter(isThere), increments: [] };
    const { whole, living } = standingOf(all, node.wallMs);
    const hasEnded = whole !== undefined && isGone(whole, node.wallMs) && standing(entry).hlc < hlcOf(whole.expiryMs);
    if (!hasEnded && living.some((part) => isSame(part, entry) && bytesToId(part.key) === bytesToId(entry.key)))
      this.fail(node, `${show(entry)} was collected, and lives: ${explained(all)}`);
  }

  // ---- what is left of it

  pending(): string | null {
    const nodes = this.world.nodes.filter((node) => node.isJoined && !node.isGone);
    for (const history of this.histories.values()) {
      const writes = this.known(history);
      if (writes === null) continue;
      for (const node of nodes) {
        const problem = this.problemAt(node, history, writes);
        if (problem !== null) return `${node.name}: ${nameOf(history.key)} ${problem}`;
      }
    }
    return null;
  }

  private problemAt(node: SimNode, history: KeyHistory, known: Known): string | null {
    const outcome = outcomeOf(known, node.wallMs);
    if (outcome.isExpiring) return 'is about to expire';
    const seen = seenAt(node, history.key);
    const { expected } = outcome;
    if (history.isEvicted || hasStub(node, history)) return evictedProblem(seen, expected, known);
    if (seen.type !== expected.type || seen.content !== expected.content || seen.expiryMs !== expected.expiryMs)
      return `is ${JSON.stringify(seen)}, and should be ${JSON.stringify(expected)}: ${explained(known)}`;
    return nameOf(history.key) === 'num1' && !known.parts.some(isOverruled) ? boundsProblem(seen, known) : null;
  }

  /** Those writes that are not lost with their authors; null: of some nobody knows, since a disk was set back. */
  private known({ wholes, parts, increments }: KeyHistory): Known | null {
    if ([...wholes, ...parts].some(({ isUncertain }) => isUncertain)) return null;
    const members = this.world.nodes.filter(
      ({ replica, isGone, isJoined }) => isJoined && !isGone && !this.world.former.has(replica),
    );
    const isKnown = ({ lost, entry }: Write): boolean => {
      const { origin, seq } = lastWriteOf(entry);
      const author = replicaOf(origin);
      if (lost) return false;
      if (members.some(({ replica }) => replica === author)) return true;
      return members.some(({ replica }) => (this.reached.get(replica)?.get(origin) ?? 0) >= seq);
    };
    return {
      wholes: wholes.filter(isKnown),
      parts: parts.filter(isKnown),
      increments: increments.filter(({ write }) => isKnown(write)),
    };
  }

  /** All have forgotten what none had a value of. */
  private forgotten({ key }: Entry): void {
    const history = this.histories.get(bytesToId(isPart(key) ? splitPart(key).whole : key));
    if (history !== undefined) history.isEvicted = true;
  }

  private historyOf(key: Uint8Array): KeyHistory {
    const id = bytesToId(key);
    let history = this.histories.get(id);
    if (history === undefined) {
      history = new KeyHistory(key);
      this.histories.set(id, history);
    }
    return history;
  }

  private fail(node: SimNode, message: string): never {
    this.world.fail(this.name, `${node.name}: ${message}`);
  }
}

/** Whether a node has evicted anything of a key. */
function hasStub(node: SimNode, { key, wholes, parts }: KeyHistory): boolean {
  const store = node.disk.inner('data');
  if (wholes.length > 0 && store.get(key)?.evicted === true) return true;
  return parts.some(({ entry }) => store.get(entry.key)?.evicted === true);
}

/** Where something of a key was evicted, readers find some of it or nothing, and nothing that was replaced or deleted. */
function evictedProblem(seen: Seen, expected: Seen, known: Known): string | null {
  if (seen.type === 'none' || seen.type === 'string' || seen.type !== expected.type) return null;
  const all = new Set(expected.content.split(','));
  const wrong = seen.content.split(',').filter((pair) => !all.has(pair));
  return wrong.length === 0 ? null : `has ${wrong}, and should be ${JSON.stringify(expected)}: ${explained(known)}`;
}

// ---- the model

type Known = Pick<KeyHistory, 'wholes' | 'parts' | 'increments'>;

interface Outcome {
  readonly expected: Seen;
  /** What two nodes see may differ. */
  readonly isExpiring: boolean;
}

function outcomeOf(known: Known, nowMs: number): Outcome {
  const { whole, expiry, hasPassed, living } = standingOf(known, nowMs);
  const times = [whole?.expiryMs ?? 0, expiry?.expiryMs ?? 0].filter((ms) => ms !== 0);
  const isExpiring = times.some((ms) => Math.abs(ms - nowMs) < NEAR_MS);
  const untilMs = expiry === null || hasPassed ? 0 : expiry.expiryMs;
  return { expected: seenOf(whole, living, untilMs, nowMs), isExpiring };
}

/** Of all that was written: the whole, the expiry of the parts, and the parts that live. */
function standingOf({ wholes, parts }: Known, nowMs: number): Standing {
  const whole = lastOf(wholes);
  const standingParts = lastByKey(parts).filter(
    (part) => part.value !== null && (whole === undefined || !isLater(whole, standing(part))),
  );
  const expiryPart = standingParts.find(({ key }) => kindOf(key) === 'expiry');
  const expiry = expiryPart === undefined ? null : readExpiry(expiryPart.value!);
  const hasPassed = expiry !== null && expiry.expiryMs !== 0 && expiry.expiryMs <= nowMs;
  const from = Math.max(expiry?.floor ?? 0, hasPassed ? hlcOf(expiry.expiryMs) : 0);
  const living = standingParts.filter((part) => kindOf(part.key) !== 'expiry' && standing(part).hlc >= from);
  return { whole, expiry, hasPassed, living };
}

interface Standing {
  readonly whole: Entry | undefined;
  readonly expiry: Expiry | null;
  readonly hasPassed: boolean;
  readonly living: readonly Entry[];
}

function seenOf(whole: Entry | undefined, living: readonly Entry[], untilMs: number, nowMs: number): Seen {
  const hasExpired = whole !== undefined && isGone(whole, nowMs);
  const isLive = whole !== undefined && whole.value !== null && !hasExpired;
  const countsFrom = hasExpired ? hlcOf(whole.expiryMs) : 0;
  const counts = living.filter((part) => kindOf(part.key) === 'count' && standing(part).hlc >= countsFrom);
  const sum = counts.reduce((all, { value }) => all + readCount(value!).sum, 0n);
  if (isLive) {
    const text = Buffer.from(whole.value!).toString('latin1');
    const isNumber = /^(0|-?[1-9]\d*)$/.test(text);
    const content = isNumber && counts.length > 0 ? String(BigInt(text) + sum) : text;
    return { type: 'string', content, expiryMs: whole.expiryMs };
  }
  const collections = living.filter((part) => kindOf(part.key) !== 'count');
  const newest = [...collections, ...counts].reduce<Entry | undefined>(
    (a, b) => (a === undefined || isLater(b, a) ? b : a),
    undefined,
  );
  if (newest === undefined) return NOTHING;
  const kind = kindOf(newest.key);
  if (kind === 'count') return { type: 'string', content: String(sum), expiryMs: untilMs };
  const content = collections
    .filter(({ key }) => kindOf(key) === kind)
    .map(({ key, value }) => pairOf(splitPart(key).name, value!));
  return { type: kind as Exclude<Kind, 'count' | 'expiry'>, content: content.sort().join(), expiryMs: untilMs };
}

const NOTHING: Seen = { type: 'none', content: '', expiryMs: 0 };

/** All increments that were made in knowledge of the last SET or DEL count; those that ran beside it may, and no others. */
function boundsProblem({ content }: Seen, { wholes, increments }: Known): string | null {
  const last = wholes.reduce<Write | undefined>(
    (a, b) => (a === undefined || isLater(b.entry, a.entry) ? b : a),
    undefined,
  );
  const start = last === undefined || last.entry.value === null ? '0' : Buffer.from(last.entry.value).toString();
  if (!/^\d+$/.test(start)) return null;
  const after = increments.filter(({ write }) => last === undefined || isLater(write.entry, last.entry));
  const must = after.filter(({ write }) => last === undefined || knewOf(write, last));
  const [least, most] = [must, after].map((some) => some.reduce((sum, { amount }) => sum + amount, Number(start)));
  const number = content === '' ? 0 : Number(content);
  if (number >= least! && number <= most!) return null;
  return `is ${number}; with what counts it is ${least}, and ${most} with what ran beside ${last === undefined ? 'nothing' : show(last.entry)}`;
}

/** How much an undo has added to a number. */
function addedBy({ value }: Entry, before: Entry | undefined): number {
  if (value === null) return 0;
  const { sum, since } = readCount(value);
  const former = before === undefined || before.value === null ? null : readCount(before.value);
  const goesOn = former !== null && former.since.hlc === since.hlc && former.since.origin === since.origin;
  return Number(goesOn ? sum - former.sum : sum);
}

/** A replica's count was written by another one: a promotion has overridden its increments. */
function isOverruled({ entry }: Write): boolean {
  return kindOf(entry.key) === 'count' && splitPart(entry.key).name !== replicaOf(entry.origin);
}

function lastOf(writes: readonly Write[]): Entry | undefined {
  return writes.reduce<Entry | undefined>(
    (a, { entry }) => (a === undefined || isLaterEntry(entry, a) ? entry : a),
    undefined,
  );
}

function lastByKey(writes: readonly Write[]): Entry[] {
  const last = new Map<string, Entry>();
  for (const { id, entry } of writes) {
    const known = last.get(id);
    if (known === undefined || isLaterEntry(entry, known)) last.set(id, entry);
  }
  return [...last.values()];
}

function isGone({ expiryMs }: Entry, nowMs: number): boolean {
  return expiryMs !== 0 && expiryMs <= nowMs;
}

function hlcOf(unixMs: number): number {
  return Math.max(0, unixMs - EPOCH_MS) * 4096;
}

// ---- what a node shows

function seenAt(node: SimNode, key: Uint8Array): Seen {
  const core = node.core!;
  const entry = core.get(key);
  if (entry !== undefined)
    return { type: 'string', content: Buffer.from(entry.value).toString('latin1'), expiryMs: entry.expiryMs };
  const { collections } = core;
  const shape = collections.shapeOf(key);
  if (shape === undefined || shape === 'count' || shape === 'value') return NOTHING;
  const view = collections.view(key, shape);
  const content = Array.from({ length: view.size }, (_, place) => view.at(place)).map(({ name, value }) =>
    pairOf(bytesToId(name), value),
  );
  return { type: view.kind, content: content.sort().join(), expiryMs: collections.expiryOf(key) };
}

function problemAfter(node: SimNode, operation: PartOperation, numberBefore: bigint): string | null {
  const { key } = operation;
  const core = node.core!;
  const seen = seenAt(node, key);
  switch (operation.name) {
    case 'put': {
      const value =
        core.collections.shapeOf(key) === SHAPES[operation.kind]
          ? core.collections.view(key, SHAPES[operation.kind]).get(bytesOf(operation.part))
          : undefined;
      return value !== undefined && bytesToId(value) === operation.value ? null : `it is ${JSON.stringify(seen)}`;
    }
    case 'take': {
      const isThere =
        core.collections.shapeOf(key) === SHAPES[operation.kind] &&
        core.collections.view(key, SHAPES[operation.kind]).get(bytesOf(operation.part)) !== undefined;
      if (isThere) return 'it is still there';
      const untilMs = core.collections.expiryOf(key);
      // Others may still have what was evicted here, and expires with it.
      return seen.type === 'none' && untilMs !== 0 && !core.collections.hasEvicted(key)
        ? `it is gone, and expires at ${untilMs}`
        : null;
    }
    case 'add':
      return seen.content === String(numberBefore + BigInt(operation.amount))
        ? null
        : `${numberBefore} became ${seen.content}`;
    case 'expire':
      return seen.expiryMs === operation.expiryMs ? null : `it expires at ${seen.expiryMs}, not ${operation.expiryMs}`;
    case 'delete':
      return seen.type === 'none' ? null : `it is ${JSON.stringify(seen)}`;
    case 'set':
      return seen.content === operation.value && seen.expiryMs === operation.expiryMs
        ? null
        : `it is ${JSON.stringify(seen)}`;
  }
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

function pairOf(name: string, value: Uint8Array): string {
  return `${JSON.stringify(name)}=${Buffer.from(value).toString('hex')}`;
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.subarray(1)).toString('latin1');
}

function explained({ wholes, parts }: Known): string {
  const whole = lastOf(wholes);
  const all = [...(whole === undefined ? [] : [whole]), ...lastByKey(parts)];
  return all
    .map(
      (entry) =>
        (isPart(entry.key)
          ? `${kindOf(entry.key)} ${JSON.stringify(splitPart(entry.key).name)} standing on ${standing(entry).hlc}: `
          : 'whole ') + show(entry),
    )
    .join('; ');
}
