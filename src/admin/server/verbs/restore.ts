import type { Bytes } from '../../../core/model/bytes.js';
import { asValueType, clientKeyOf, type Entry, isLive, type ValueType } from '../../../core/model/entry.js';
import { OperatorError } from '../../../core/model/errors.js';
import { isExpiry as isExpiryMs } from '../../../core/model/expiry.js';
import { isPartKey, PART, partKindOf, wholeKeyOf } from '../../../core/model/parts.js';
import type { Steps } from '../../../core/model/steps.js';
import { asideBytes, noRoom } from '../../../core/resolution/aside-room.js';
import { eachLivePart } from '../../../core/resolution/live-parts.js';
import type { Overrides } from '../../../core/resolution/overrides.js';
import { hasEnded } from '../../../node/keys-in.js';
import type { Node } from '../../../node/node.js';
import type { RestoreEntry, RestoreOutcome, RestoreReply, RestoreRequest } from '../../protocol/api.js';
import { base64, inSteps } from '../../protocol/facts.js';

const ENTRIES_MAX = 1000;
const STAGED_BYTES_MAX = 64 * 1024 * 1024;
const RESTORES_MAX = 4;
const SAMPLE = 10;
const STEP_PARTS = 256;

/** Restores under way, by their ids. */
const underWay = new WeakMap<Node, Map<string, Restore>>();

/**
 * Writes entries of a backup anew, as ordinary writes of this node. What they override is set aside first, all of one restore under one
 * incident, so that it can be undone. A key that has this very value is left alone: to repeat a restore that was interrupted goes on with it.
 */
export async function restore(node: Node, request: RestoreRequest): Promise<RestoreReply> {
  const { core, engine } = node;
  if (core.state !== 'serving')
    throw new OperatorError(
      'refused',
      `${core.status.self.name} takes no writes now: it is ${core.state}`,
      'mneme cluster status',
    );
  const { id, stage, entries, dryRun = false } = request;
  if (!Array.isArray(entries) || entries.length > ENTRIES_MAX || typeof id !== 'string')
    throw new OperatorError('usage', `MNEME RESTORE takes an id and up to ${ENTRIES_MAX} entries at a time`);
  const run = restoreOf(node, id);
  if (stage !== undefined) run.stage(Buffer.from(stage, 'base64'));
  const wanted = entries.map((entry) => run.read(entry));
  const reply = await inSteps(run.take(wanted, dryRun));
  // What is told to be written survives a power failure.
  if (!dryRun && engine.durablePosition < engine.position) await engine.sync();
  return reply;
}

// ---

interface Wanted {
  readonly key: Bytes;
  readonly value: Bytes;
  readonly expiryMs: number;
  readonly type: ValueType | undefined;
  readonly asks: RestoreEntry['asks'];
}

function restoreOf(node: Node, id: string): Restore {
  const all = underWay.get(node) ?? new Map<string, Restore>();
  underWay.set(node, all);
  const known = all.get(id);
  if (known !== undefined) return known;
  const [oldest] = all.keys();
  if (all.size >= RESTORES_MAX && oldest !== undefined) all.delete(oldest);
  const made = new Restore(node);
  all.set(id, made);
  return made;
}

class Restore {
  private readonly overrides: Overrides;
  /** Of a node that held nothing there is nothing to bring back. */
  private readonly wasEmpty: boolean;
  /** The latest value that made way for a collection: what stands in its place is the last part of that. */
  private replaced: Entry | null = null;
  private staged: Buffer[] = [];
  private stagedBytes = 0;

  constructor(private readonly node: Node) {
    this.overrides = node.core.overrides('backup');
    this.wasEmpty = node.core.status.data.store.liveCount() === 0;
  }

  stage(piece: Buffer): void {
    this.stagedBytes += piece.length;
    if (this.stagedBytes > STAGED_BYTES_MAX)
      throw new OperatorError('usage', `a value has more than ${STAGED_BYTES_MAX} bytes`);
    this.staged.push(piece);
  }

  read({ keyBase64, valueBase64, expiryMs, type, asks }: RestoreEntry): Wanted {
    const key = Buffer.from(String(keyBase64), 'base64');
    const valueType = type === undefined ? undefined : asValueType(type);
    if (key.length === 0 || !isExpiryMs(expiryMs) || (type !== undefined && valueType === undefined))
      throw new OperatorError(
        'usage',
        `MNEME RESTORE was given an entry that is none: ${JSON.stringify({ keyBase64, expiryMs, type })}`,
      );
    const rest = { key, expiryMs, type: valueType, asks };
    if (valueBase64 !== undefined || asks !== undefined)
      return { ...rest, value: Buffer.from(valueBase64 ?? '', 'base64') };
    const value = Buffer.concat(this.staged);
    this.staged = [];
    this.stagedBytes = 0;
    return { ...rest, value };
  }

  *take(wanted: readonly Wanted[], dryRun: boolean): Steps<RestoreReply> {
    const counts = { created: 0, overridden: 0, same: 0 };
    const sample: RestoreReply['sample'] = [];
    const outcomes: RestoreOutcome[] = [];
    if (!dryRun && !this.wasEmpty) this.checkRoom(wanted);
    for (const entry of wanted) {
      const outcome = yield* this.takeOne(entry, dryRun);
      outcomes.push(outcome);
      if (typeof outcome === 'number' || isExpiry(entry)) continue;
      counts[outcome]++;
      if (outcome === 'overridden' && sample.length < SAMPLE)
        sample.push({ keyBase64: base64(clientKeyOf(wholeOf(entry.key))) });
    }
    this.overrides.note();
    return { ...counts, sample, outcomes, incident: this.overrides.incident };
  }

  private *takeOne(entry: Wanted, dryRun: boolean): Steps<RestoreOutcome> {
    const { core } = this.node;
    const { key, expiryMs, asks } = entry;
    if (asks === 'counted') return this.partCount(key);
    if (isExpiry(entry)) {
      if (core.collections.expiryOf(wholeKeyOf(key)) === expiryMs) return 'same';
      if (!dryRun) core.collections.expire(wholeKeyOf(key), expiryMs);
      return 'overridden';
    }
    const current = isPartKey(key) ? this.partAt(key) : (core.get(key) ?? core.status.data.store.get(key));
    if (asks === 'gone') {
      if (!isLive(current, core.nowMs)) return 'same';
      if (!dryRun) this.remove(current);
      return 'overridden';
    }
    if (isSame(entry, current, core.nowMs)) return 'same';
    const hasParts = !isPartKey(key) && this.partCount(key) > 0;
    const isInWay = isPartKey(key) && core.get(wholeKeyOf(key)) !== undefined;
    if (!dryRun) {
      if (isPartKey(key)) this.makeWay(wholeKeyOf(key));
      else if (hasParts) yield* this.removeParts(key);
      this.write(entry, current);
    }
    return isInWay || hasParts || isLive(current, core.nowMs) ? 'overridden' : 'created';
  }

  /** As a reader finds it; undefined: he does not. */
  private partAt(key: Bytes): Entry | undefined {
    const part = this.node.core.status.data.store.get(key);
    return part === undefined || hasEnded(this.node.core, part) ? undefined : part;
  }

  private partCount(key: Bytes): number {
    const { core } = this.node;
    const { owners } = core.status.data.store;
    const owner = owners.get(key);
    if (owner === undefined) return 0;
    owners.settle(owner, core.nowMs);
    return owner.sizeOf(PART.field) + owner.sizeOf(PART.member) + owner.sizeOf(PART.score);
  }

  private remove(current: Entry): void {
    const written = this.node.core.write(current.key, null, 0);
    if (!this.wasEmpty) this.overrides.setAside(current, 'cluster', written);
  }

  /** Each by itself, so that it can be brought back. */
  private *removeParts(key: Bytes): Steps<void> {
    const { core } = this.node;
    for (;;) {
      const parts: Entry[] = [];
      // The first of those that are left, each time.
      for (const part of eachLivePart(core.status.data.store, key, core.nowMs, null)) {
        if (partKindOf(part.key) >= PART.count) continue;
        if (parts.push(part) === STEP_PARTS) break;
      }
      for (const part of parts) this.remove(part);
      if (parts.length < STEP_PARTS) return;
      yield;
    }
  }

  /** Before any of these is written. */
  private checkRoom(wanted: readonly Wanted[]): void {
    const { core } = this.node;
    const { store } = core.status.data;
    const now = wanted.map(({ key }) => asideBytes(key.length, store.get(key)?.value?.length ?? 0));
    const lack = this.overrides.lackFor({ entries: now.length, bytes: now.reduce((sum, one) => sum + one, 0) });
    if (lack !== null) throw noRoom(lack, core.status.self.name);
  }

  /** A value in the place of a collection would hide its parts. */
  private makeWay(key: Bytes): void {
    const { core } = this.node;
    const fault = core.partsFault();
    if (fault !== null) throw new OperatorError('refused', `the backup has hashes, sets or sorted sets, and ${fault}`);
    const current = core.get(key);
    if (current === undefined) return;
    this.remove(current);
    this.replaced = current;
  }

  private write({ key, value, expiryMs, type }: Wanted, current: Entry | undefined): void {
    const { core } = this.node;
    const written = core.write(key, value, expiryMs, type);
    if (this.wasEmpty) return;
    const before = current ?? { key, value: null, expiryMs: 0, hlc: 0, origin: '', seq: 0 };
    this.overrides.setAside(before, 'cluster', written);
    if (this.replaced !== null && isPartKey(key) && Buffer.compare(wholeKeyOf(key), this.replaced.key) === 0)
      this.overrides.standsLater(this.replaced, 'cluster', written);
  }
}

function isExpiry({ key }: Wanted): boolean {
  return isPartKey(key) && partKindOf(key) === PART.expiry;
}

function wholeOf(key: Bytes): Bytes {
  return isPartKey(key) ? wholeKeyOf(key) : key;
}

function isSame({ value, expiryMs, type }: Wanted, current: Entry | undefined, nowMs: number): boolean {
  if (!isLive(current, nowMs)) return false;
  return current.expiryMs === expiryMs && current.type === type && Buffer.compare(current.value, value) === 0;
}
