import type { Context } from '../context.js';
import type { VersionVector } from '../model/vector.js';
import { type Origin, replicaOf } from '../model/version.js';
import { GROUPS, type Group } from '../store/store.js';
import type { AckData, Changes } from './messages.js';
import { type Peer, WINDOW_BYTES } from './peer.js';
import { relayedUpto } from './relays.js';
import type { RangesOptions, RangesResult } from './replica.js';

/** What this node has, as an acknowledgement; true of the disk once the message may go out (R6). */
export function currentAck(context: Context): AckData {
  const { replicas, self, fences, ports } = context;
  const [data, system] = [replicas.data.vector.toData(), replicas.system.vector.toData()];
  const ack = { boot: self.boot, data, system, atMs: ports.wallMs() };
  return fences.size === 0 ? ack : { ...ack, fences: Object.fromEntries(fences) };
}

/** Whether a peer on an open link still has much of this node's writes to be sent or to take in: more would wait behind it. */
export function isFeedingMuch({ peers, replicas: { data } }: Context): boolean {
  const seq = data.vector.get(data.origin);
  for (const peer of peers.values()) {
    if (!peer.isOpen) continue;
    if (peer.windowLeft < WINDOW_BYTES / 2 || peer.hasSent('data')?.covers(data.origin, seq) === false) return true;
  }
  return false;
}

/** Batches of own writes, made once for all peers that lack the same. Good as long as nothing is changed. */
export type SharedBatches = Map<string, Batch>;

interface Batch extends RangesResult {
  readonly message: Changes;
}

/**
 * Send a peer what it lacks, as far as its gates and window allow, and acknowledge what it sent (R5, R6): of each kind a
 * message at most, since a window full of them takes too long to make. Returns whether there is more to send at once.
 */
export function feed(context: Context, peer: Peer, shared: SharedBatches = new Map()): boolean {
  const known = context.acks.latest(peer.replica);
  if (known !== undefined && known.boot === peer.hello.boot) peer.learn(known);
  let hasMore = false;
  for (const group of GROUPS) {
    if (group === 'data' && peer.fenceDue !== null && !peer.hasFence()) break;
    if (peer.isJoiningHere || (group === 'data' ? peer.isOpen : peer.carriesSystem))
      hasMore = feedGroup(context, peer, group, shared) || hasMore;
  }
  if (!peer.ackDue && !peer.gapDue) return hasMore;
  context.send(peer.link, { type: 'ack', ack: currentAck(context), gap: peer.gapDue });
  peer.ackDue = false;
  peer.gapDue = false;
  return hasMore;
}

/** Own writes go out at once, and those of others as far as this node has to relay them (`relays.ts`). */
function feedGroup(context: Context, peer: Peer, group: Group, shared: SharedBatches): boolean {
  const sent = peer.hasSent(group);
  if (sent === null) return false;
  if (peer.unsendable.has(group)) {
    if (!sent.coversAll(context.replicas[group].vector)) tellBehind(context, peer, group);
    return false;
  }
  const isOwn = (origin: Origin): boolean => replicaOf(origin) === context.self.replica;
  const own: Reach = { get: (origin) => (isOwn(origin) ? Number.POSITIVE_INFINITY : 0) };
  const others: Reach = { get: (origin) => (isOwn(origin) ? 0 : relayedUpto(context, peer, group, origin)) };
  // Nearly always nothing is lacked that this node has to send.
  if (lacks(context, group, sent, own)) {
    const fed = feedRanges(context, peer, group, sent, own, shared);
    if (fed !== 'all') return fed === 'some';
  }
  return lacks(context, group, sent, others) && feedRanges(context, peer, group, sent, others) === 'some';
}

/** How far each origin is to be sent. */
type Reach = NonNullable<RangesOptions['upto']>;

function lacks(context: Context, group: Group, sent: VersionVector, upto: Reach): boolean {
  for (const [origin, seq] of context.replicas[group].vector.seqs) {
    const from = sent.get(origin);
    if (from < seq && from < upto.get(origin)) return true;
  }
  return false;
}

/** Sends a message of it. Returns whether that was all, some of what can be sent now, or whether the rest has to wait. */
function feedRanges(
  context: Context,
  peer: Peer,
  group: Group,
  sent: VersionVector,
  upto: Reach,
  shared: SharedBatches | null = null,
): 'all' | 'some' | 'waits' {
  if (peer.windowLeft <= 0) return 'waits';
  const bytesMax = Math.min(context.slices.batchBytes, peer.windowLeft);
  const name = shared === null ? '' : nameOf(context, group, sent, bytesMax);
  const known = peer.knownToHave(group);
  const result = shared?.get(name) ?? batch(context, group, sent, { bytesMax, known, upto });
  if (!result.areTouched) shared?.set(name, result);
  if (result.behind) {
    if (shared !== null) peer.unsendable.add(group);
    if (result.isTooLarge) peer.tooLarge.add(group);
    tellBehind(context, peer, group);
    return 'waits';
  }
  if (result.ranges.length === 0) return 'all';
  context.send(peer.link, result.message);
  const share = result.bytes / result.ranges.length;
  if (!peer.isStalled) peer.progressAtMs = context.ports.monoMs();
  for (const range of result.ranges) peer.noteSent(group, range.origin, range.upto, share);
  return result.complete ? 'all' : 'some';
}

function batch(context: Context, group: Group, sent: VersionVector, options: RangesOptions): Batch {
  const result = context.replicas[group].ranges(sent, options);
  return { ...result, message: { type: 'changes', group, ranges: result.ranges } };
}

/** Equal for two peers exactly if the same own writes are to be sent to them. */
function nameOf(context: Context, group: Group, sent: VersionVector, bytesMax: number): string {
  let name = `${group} ${bytesMax}`;
  for (const origin of context.replicas[group].vector.seqs.keys()) {
    if (replicaOf(origin) === context.self.replica) name += ` ${origin} ${sent.get(origin)}`;
  }
  return name;
}

/** Once a beat, unless it has just been given a snapshot, and has not said yet how far it is with that. */
function tellBehind(context: Context, peer: Peer, group: Group): void {
  if (peer.snapshot === 'given') return;
  if (!peer.toldBehind.has(group)) context.send(peer.link, { type: 'behind', group, lost: false });
  peer.toldBehind.add(group);
}
