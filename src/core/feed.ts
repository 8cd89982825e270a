import type { Context } from './context.js';
import type { AckData, Changes } from './messages.js';
import { type Peer, WINDOW_BYTES } from './peer.js';
import type { RangesOptions, RangesResult } from './replica.js';
import { GROUPS, type Group } from './store.js';
import type { VersionVector } from './vector.js';
import { type Origin, replicaOf } from './version.js';

/** What this node has, as an acknowledgement; true of the disk once the message may go out (R6). */
export function currentAck(context: Context): AckData {
  const { replicas, self, fences } = context;
  const ack = { boot: self.boot, data: replicas.data.vector.toData(), system: replicas.system.vector.toData() };
  return fences.size === 0 ? ack : { ...ack, fences: Object.fromEntries(fences) };
}

/** Whether a peer that entries flow to has yet to be sent, or to take, much of what this node wrote: more would wait behind it. */
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
 * message at most, since a window full of them takes too long to make. Gives whether there is more to send at once.
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

/**
 * Own writes go out at once. Writes of others go out to those peers that, it seems, cannot get them from the author, and
 * otherwise only when the peer still lacks them after a beat: so in a full mesh every write crosses every link once.
 */
function feedGroup(context: Context, peer: Peer, group: Group, shared: SharedBatches): boolean {
  // As it is nearly always, for nearly all peers.
  if (peer.hasSent(group)?.coversAll(context.replicas[group].vector) === true) return false;
  const own = (origin: Origin): boolean => replicaOf(origin) === context.self.replica;
  const reaches = (origin: Origin): boolean => peer.beat === null || replicaOf(origin) in peer.beat.seen;
  if (peer.unsendable.has(group)) {
    tellBehind(context, peer, group);
    return false;
  }
  let fed = feedRanges(context, peer, group, { accepts: own }, shared);
  if (fed !== 'all') return fed === 'some';
  fed = feedRanges(context, peer, group, { accepts: (origin) => !own(origin) && !reaches(origin) });
  if (fed !== 'all') return fed === 'some';
  return feedRanges(context, peer, group, { accepts: (origin) => !own(origin), upto: peer.relay[group] }) === 'some';
}

/** Sends a message of it. Gives whether that was all, some of what can be sent now, or whether the rest has to wait. */
function feedRanges(
  context: Context,
  peer: Peer,
  group: Group,
  select: Pick<RangesOptions, 'accepts' | 'upto'>,
  shared: SharedBatches | null = null,
): 'all' | 'some' | 'waits' {
  const sent = peer.hasSent(group);
  if (sent === null || peer.windowLeft <= 0) return 'waits';
  const bytesMax = Math.min(context.slices.batchBytes, peer.windowLeft);
  const name = shared === null ? '' : nameOf(context, group, sent, bytesMax);
  const known = peer.knownToHave(group);
  const result = shared?.get(name) ?? batch(context, group, sent, { bytesMax, known, ...select });
  if (!result.areTouched) shared?.set(name, result);
  if (result.behind) {
    if (shared !== null) peer.unsendable.add(group);
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

/** The same for two peers exactly if the same own writes are to be sent to them. */
function nameOf(context: Context, group: Group, sent: VersionVector, bytesMax: number): string {
  let name = `${group} ${bytesMax}`;
  for (const origin of context.replicas[group].vector.seqs.keys()) {
    if (replicaOf(origin) === context.self.replica) name += ` ${origin} ${sent.get(origin)}`;
  }
  return name;
}

/** Once a beat. */
function tellBehind(context: Context, peer: Peer, group: Group): void {
  if (!peer.toldBehind.has(group)) context.send(peer.link, { type: 'behind', group, lost: false });
  peer.toldBehind.add(group);
}
