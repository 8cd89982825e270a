import type { Context } from './context.js';
import type { AckData } from './messages.js';
import type { Peer } from './peer.js';
import { GROUPS, type Group } from './store.js';
import { type Origin, replicaOf } from './version.js';

/** A message of changes holds about this much, so that beats and the other group are never far behind. */
const BATCH_BYTES = 256 * 1024;

/** What this node has, as an acknowledgement; true of the disk once the message may go out (R6). */
export function currentAck(context: Context): AckData {
  const { data, system } = context.replicas;
  return { boot: context.self.boot, data: data.vector.toData(), system: system.vector.toData() };
}

/** Send a peer what it lacks, as far as its gates and window allow, and acknowledge what it sent (R5, R6). */
export function feed(context: Context, peer: Peer): void {
  const known = context.acks.latest(peer.replica);
  if (known !== undefined && known.boot === peer.hello.boot) peer.learn(known);
  for (const group of GROUPS) {
    if (peer.isJoiningHere || (group === 'data' ? peer.isOpen : peer.carriesSystem)) feedGroup(context, peer, group);
  }
  if (!peer.ackDue && !peer.gapDue) return;
  context.send(peer.link, { type: 'ack', ack: currentAck(context), gap: peer.gapDue });
  peer.ackDue = false;
  peer.gapDue = false;
}

/**
 * Own writes go out at once. Writes of others go out to those peers that, it seems, cannot get them from the author, and
 * otherwise only when the peer still lacks them after a beat: so in a full mesh every write crosses every link once.
 */
function feedGroup(context: Context, peer: Peer, group: Group): void {
  const own = (origin: Origin): boolean => replicaOf(origin) === context.self.replica;
  const reaches = (origin: Origin): boolean => peer.beat === null || replicaOf(origin) in peer.beat.seen;
  if (!feedRanges(context, peer, group, { accepts: own })) return;
  if (!feedRanges(context, peer, group, { accepts: (origin) => !own(origin) && !reaches(origin) })) return;
  feedRanges(context, peer, group, { accepts: (origin) => !own(origin), upto: peer.relay[group] });
}

/** Gives whether all was sent. */
function feedRanges(
  context: Context,
  peer: Peer,
  group: Group,
  select: Pick<Parameters<Context['replicas']['data']['ranges']>[1], 'accepts' | 'upto'>,
): boolean {
  for (;;) {
    const sent = peer.hasSent(group);
    if (sent === null || peer.windowLeft <= 0) return false;
    const result = context.replicas[group].ranges(sent, {
      bytesMax: Math.min(BATCH_BYTES, peer.windowLeft),
      ...select,
    });
    if (result.behind) return tellBehind(context, peer, group);
    if (result.ranges.length === 0) return true;
    context.send(peer.link, { type: 'changes', group, ranges: result.ranges });
    const share = result.bytes / result.ranges.length;
    if (!peer.isStalled) peer.progressAtMs = context.ports.monoMs();
    for (const range of result.ranges) peer.noteSent(group, range.origin, range.upto, share);
    if (result.complete) return true;
  }
}

function tellBehind(context: Context, peer: Peer, group: Group): boolean {
  if (!peer.toldBehind.has(group)) context.send(peer.link, { type: 'behind', group });
  peer.toldBehind.add(group);
  return false;
}
