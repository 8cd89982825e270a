import type { Context } from '../context.js';
import { type Bytes, bytesToId, idToBytes } from '../model/bytes.js';
import { type Entry, overrides } from '../model/entry.js';
import { wholeIdOf } from '../model/part-ids.js';
import { expiredBelow, expiryFrom, isEnded, isPartKey, PART, partPrefix, standsOn } from '../model/parts.js';
import { VersionVector } from '../model/vector.js';
import type { Range, Read, ReadReply } from '../replication/messages.js';
import type { Peer } from '../replication/peer.js';
import { EntryPacker } from '../store/entry-packer.js';
import { EntryUnpacker } from '../store/entry-unpacker.js';
import type { ChangedKeys } from './changed-keys.js';
import { eachLivePart } from './live-parts.js';

/** Keys in one question. */
const KEYS_ASKED = 128;

/** A key as another island has it: its whole, and all of its parts. */
export type KeyState = ReadonlyMap<string, Entry>;

/** Which keys of an island are wanted whole. */
export interface WantedStates {
  readonly ids: ReadonlySet<string>;
  readonly changed: ChangedKeys;
  /** A member of the island that can be asked now. */
  readonly peer: () => Peer | undefined;
}

/**
 * Reads keys as other islands have them, parts that they have not changed included: what this node's island has ended is not here any more.
 * Where the other island's key stands it is written anew with all of them, and where it does not, it is set aside with all of them.
 */
export class KeyStates {
  /** As `wanted`. */
  private readonly asked: Asked[];
  private readonly waiting = new Map<number, Asked>();

  constructor(
    private readonly context: Context,
    wanted: readonly WantedStates[],
    private readonly nextReadId: () => number,
  ) {
    this.asked = wanted.map(({ ids, changed, peer }) => {
      const states = new Map([...ids].map((id) => [id, new Map<string, Entry>()]));
      return { left: [...ids], after: null, states, changed, peer };
    });
  }

  get isReading(): boolean {
    return this.waiting.size > 0;
  }

  get isComplete(): boolean {
    return this.asked.every(({ left }) => left.length === 0);
  }

  /** Ask for what is not here yet. */
  read(): void {
    for (const asked of this.asked) if (asked.left.length > 0) this.ask(asked);
  }

  receive(reply: ReadReply): boolean {
    const asked = this.waiting.get(reply.id);
    if (asked === undefined) return false;
    this.waiting.delete(reply.id);
    const keys = asked.left.slice(0, KEYS_ASKED);
    const last = take(reply.ranges, asked);
    if (reply.done) {
      asked.left.splice(0, keys.length);
      asked.after = null;
    } else if (last !== null) {
      asked.left.splice(0, Math.max(0, keys.indexOf(wholeIdOf(bytesToId(last)))));
      asked.after = last;
    }
    if (asked.left.length > 0) this.ask(asked);
    return true;
  }

  refuse(id: number): boolean {
    return this.waiting.delete(id);
  }

  dropped(): void {
    this.waiting.clear();
  }

  /** The member that was asked may lack what another one of its island had written: that was read of the logs. */
  complete(): void {
    for (const { states, changed } of this.asked) {
      for (const id of changed.keys()) {
        const entry = states.has(wholeIdOf(id)) ? changed.get(id) : undefined;
        if (entry !== undefined) put(entry, states);
      }
      for (const [id, state] of states) leaveLive(state, id, this.context.ports.wallMs());
    }
  }

  /** As the island has the key that is the n-th of those wanted; undefined: it was not wanted. */
  of(n: number, id: string): KeyState | undefined {
    return this.asked[n]!.states.get(id);
  }

  // ---

  private ask(asked: Asked): void {
    const peer = asked.peer();
    if (peer === undefined) return;
    const id = this.nextReadId();
    this.waiting.set(id, asked);
    const nothing = new VersionVector().toData();
    const keys = asked.left.slice(0, KEYS_ASKED).map(nameOfId);
    const after = asked.after === null ? {} : { after: nameOfKey(asked.after) };
    this.context.send(peer.link, { type: 'read', id, from: nothing, upto: nothing, keys, ...after });
  }
}

/** Takes out what a reader of the key would not find at `nowMs`. */
function leaveLive(state: Map<string, Entry>, id: string, nowMs: number): void {
  const whole = state.get(id);
  for (const [part, entry] of state)
    if (entry !== whole && (entry.value === null || isEnded(standsOn(entry), whole))) state.delete(part);
  const expiryId = bytesToId(partPrefix(PART.expiry, idToBytes(id)));
  const expiry = state.get(expiryId)?.value;
  if (expiry == null) return;
  const dead = expiredBelow(expiryFrom(expiry), nowMs);
  for (const [part, entry] of state)
    if (part !== id && part !== expiryId && standsOn(entry).hlc < dead) state.delete(part);
  if (state.size === (whole === undefined ? 1 : 2)) state.delete(expiryId);
}

/** What this node has of the keys, as much as fits into an answer. */
export function answerStates({ replicas, slices, ports }: Context, { id, keys = [], after }: Read): ReadReply {
  const { data } = replicas;
  const packer = new EntryPacker(Number.POSITIVE_INFINITY);
  let [rows, bytes] = [0, 0];
  let isFull = false;
  for (const [at, name] of keys.entries()) {
    for (const entry of statesFrom(data.store, keyOfName(name), at === 0 ? after : undefined, ports.wallMs())) {
      // So much of it that the reader gets ahead, whatever the size of the values.
      isFull = bytes >= slices.readBytes && rows > 1;
      if (isFull) break;
      packer.addRow(data.origin, ++rows, entry.key, entry);
      bytes += entry.key.length + (entry.value?.length ?? 0);
    }
    if (isFull) break;
  }
  const pieces = packer.take();
  const ranges = rows === 0 ? [] : [{ origin: data.origin, from: 0, upto: rows, rows: pieces[0]! }];
  return { type: 'read-reply', id, ranges, behind: false, done: !isFull, vector: data.vector.toData() };
}

function* statesFrom(
  store: Context['replicas']['data']['store'],
  key: Bytes,
  after: string | undefined,
  nowMs: number,
): Generator<Entry> {
  const whole = after === undefined ? store.get(key) : undefined;
  if (whole !== undefined) yield whole;
  const last = after === undefined ? null : keyOfName(after);
  yield* eachLivePart(store, key, nowMs, last !== null && isPartKey(last) ? last : null);
}

interface Asked {
  /** Ids of the keys, in the order in which they are asked for. */
  readonly left: string[];
  /** By the ids of keys: what came of them. */
  readonly states: ReadonlyMap<string, Map<string, Entry>>;
  readonly changed: ChangedKeys;
  /** The last entry that came of the first of them. */
  after: Bytes | null;
  readonly peer: () => Peer | undefined;
}

/** Returns the key of the last part. */
function take(ranges: readonly Range[], { states }: Asked): Bytes | null {
  let last: Bytes | null = null;
  for (const { rows } of ranges) {
    const unpacker = new EntryUnpacker({ ...rows, words: rows.words.slice() }, false, true);
    for (let entry = unpacker.next(); entry !== null; entry = unpacker.next()) {
      put(entry, states);
      last = entry.key;
    }
  }
  return last;
}

function put(entry: Entry, states: Asked['states']): void {
  const id = bytesToId(entry.key);
  const state = states.get(wholeIdOf(id));
  if (state !== undefined && overrides(entry, state.get(id))) state.set(id, entry);
}

function nameOfId(id: string): string {
  return nameOfKey(idToBytes(id));
}

function nameOfKey(key: Bytes): string {
  return Buffer.from(key).toString('base64');
}

function keyOfName(name: string): Bytes {
  return Buffer.from(name, 'base64');
}
