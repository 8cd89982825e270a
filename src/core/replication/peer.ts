import type { Hlc } from '../model/hlc.js';
import { VersionVector } from '../model/vector.js';
import type { Origin, ReplicaId } from '../model/version.js';
import { GROUPS, type Group } from '../store/store.js';
import type { AckData, Beat, Compare, GateState, Hello } from './messages.js';

/** What was sent on this session and is not acknowledged yet. */
interface InFlight {
  readonly group: Group;
  readonly origin: Origin;
  readonly upto: number;
  readonly bytes: number;
}

/** Unacknowledged bytes on one link at most; the bound of the send buffers. */
export const WINDOW_BYTES = 4 * 1024 * 1024;

/** One session with a peer: from the hellos to the end of the link. Everything here dies with the link. */
export class Peer {
  ourGate: GateState = 'comparing';
  theirGate: GateState = 'comparing';
  ourCompare: Compare | null = null;
  theirCompare: Compare | null = null;
  /** When the comparison of both ends was first complete (monotonic); null before. */
  comparedAtMs: number | null = null;
  /** Both ends came to let entries through, or a resolution ended their split: no verdict is due any more. */
  isSettled = false;
  /** It came back with less than it once acknowledged, and this log does not reach back to that: it has to take all anew. */
  isSetBack = false;
  /** The fences of resolutions that this node met while the session lasted. */
  readonly fencesMet = new Set<Hlc>();
  /** When data last began to flow on this session (monotonic). */
  openedAtMs = 0;
  /** The last acknowledgement on this session; null before the first. */
  acked: Record<Group, VersionVector> | null = null;
  /** What the peer had when the link came up; reaching it is "caught up". */
  firstAck: AckData | null = null;
  /** The peer's last beat, and when it came. */
  beat: Beat | null = null;
  beatAtMs = 0;
  /** When anything was last heard (monotonic). */
  heardAtMs: number;
  skewMs: number | null = null;
  roundTripMs: number | null = null;
  ackDue = true;
  gapDue = false;
  /** The group for which the peer was told that it is behind our log. */
  toldBehind = new Set<Group>();
  /** Groups whose next range cannot be sent: what the peer lacks is not gathered again until it has more. */
  readonly unsendable = new Set<Group>();
  /** Groups of which it lacks a range that is too large: its next snapshot goes beyond it. */
  readonly tooLarge = new Set<Group>();
  /** On this session the peer has had its whole snapshot from here, and said so: until it has joined, the log follows. */
  snapshot: 'none' | 'given' | 'taken' = 'none';
  /** When the oldest of what is in flight was last acknowledged, or all of it was sent anew (monotonic). */
  progressAtMs: number;
  /** By its latest beat, the members with whom it exchanges data over a link of their own; null: no beat came yet. */
  linked: ReadonlySet<ReplicaId> | null = null;
  /** Writes of others are relayed up to here though the peer may get them elsewhere: from one beat of it to the next it got none of them. */
  relay: Record<Group, VersionVector> = { data: new VersionVector(), system: new VersionVector() };
  /** Records up to here hold a fence, which must be on its way to the peer before any data that was written after it. */
  fenceDue: Readonly<VersionVector> | null = null;
  /** At its latest beat: what it had, and what this node had. */
  private atBeat: Record<'has' | 'held', Readonly<Record<Group, VersionVector>>> | null = null;
  private sent: Record<Group, VersionVector> | null = null;
  private learned: Readonly<Record<Group, VersionVector>> | null = null;
  /** After a gap all goes whole up to here: a value may be gone that the peer has acknowledged, since it has expired. */
  private wholeUpto: Record<Group, VersionVector> | null = null;
  private inFlight: InFlight[] = [];
  private inFlightBytes = 0;

  constructor(
    readonly link: number,
    readonly hello: Hello,
    /** Whether this node dialled. */
    readonly weDialled: boolean,
    readonly sinceMonoMs: number,
  ) {
    this.heardAtMs = sinceMonoMs;
    this.progressAtMs = sinceMonoMs;
  }

  get replica(): ReplicaId {
    return this.hello.replica;
  }

  /** Entries of the data group flow: both ends let them through (R11). */
  get isOpen(): boolean {
    return this.ourGate === 'open' && this.theirGate === 'open';
  }

  /** Records of the system group flow: never held, but not before a joiner has its snapshot, nor over a wrong clock. */
  get carriesSystem(): boolean {
    return !isShut(this.ourGate) && !isShut(this.theirGate);
  }

  /** The peer is joining from this node, and has its snapshot: it takes the log now. */
  get isJoiningHere(): boolean {
    return this.snapshot === 'taken' && this.theirGate === 'joining' && this.ourGate !== 'clock-skew';
  }

  get isHeld(): boolean {
    return this.ourGate === 'split' || this.theirGate === 'split';
  }

  get windowLeft(): number {
    return WINDOW_BYTES - this.inFlightBytes;
  }

  /** Compare anew: what was said before no longer holds. */
  forgetVerdict(): void {
    this.ourCompare = this.theirCompare = this.comparedAtMs = null;
    this.isSettled = false;
  }

  hasSent(group: Group): VersionVector | null {
    return this.sent?.[group] ?? null;
  }

  noteSent(group: Group, origin: Origin, upto: number, bytes: number): void {
    this.sent?.[group].advance(origin, upto);
    this.inFlight.push({ group, origin, upto, bytes });
    this.inFlightBytes += bytes;
  }

  noteAck(ack: AckData, gap: boolean, nowMs: number): void {
    if (this.snapshot === 'given') this.snapshot = 'taken';
    const acked = { data: VersionVector.from(ack.data), system: VersionVector.from(ack.system) };
    this.firstAck ??= ack;
    this.unsendable.clear();
    this.acked = acked;
    this.learned = null;
    if (gap) this.noteGap();
    if (this.sent === null || gap) return this.restart(nowMs);
    for (const group of GROUPS) this.sent[group].merge(acked[group]);
    const open = this.inFlight.filter(({ group, origin, upto }) => !acked[group].covers(origin, upto));
    // Links keep the order: whatever is acknowledged behind it, the oldest has gone astray if that takes too long.
    if (open[0] !== this.inFlight[0]) this.progressAtMs = nowMs;
    this.inFlight = open;
    this.inFlightBytes = open.reduce((sum, one) => sum + one.bytes, 0);
  }

  /** What the peer has on its disk: so much of a touch's value need not be sent again. undefined: it is not to be relied on. */
  knownToHave(group: Group): Readonly<VersionVector> | undefined {
    const { acked, wholeUpto } = this;
    if (acked === null || wholeUpto === null) return acked?.[group];
    if (!GROUPS.every((each) => acked[each].coversAll(wholeUpto[each]))) return undefined;
    this.wholeUpto = null;
    return acked[group];
  }

  private noteGap(): void {
    if (this.sent === null) return;
    this.wholeUpto ??= { data: new VersionVector(), system: new VersionVector() };
    for (const group of GROUPS) this.wholeUpto[group].merge(this.sent[group]);
  }

  /**
   * What the peer has by an acknowledgement that came another way. Without it a log that was trimmed by such news would
   * seem not to reach back to what the peer has.
   */
  learn(ack: Readonly<Record<Group, VersionVector>>): void {
    if (this.learned === ack || this.acked === null || this.sent === null) return;
    this.learned = ack;
    for (const group of GROUPS) {
      this.acked[group].merge(ack[group]);
      this.sent[group].merge(ack[group]);
    }
  }

  /** It has sent these itself: it need not be sent them. */
  noteHas(group: Group, origin: Origin, upto: number): void {
    this.sent?.[group].advance(origin, upto);
  }

  /** Both ends let data through now. */
  open(nowMs: number): void {
    this.openedAtMs = nowMs;
    this.restart(nowMs);
  }

  /** Send again from the last acknowledgement on: after a gap, a hold, or when no acknowledgement comes. */
  restart(nowMs: number): void {
    if (this.acked === null) return;
    this.sent = copyOf(this.acked);
    this.inFlight = [];
    this.inFlightBytes = 0;
    this.progressAtMs = nowMs;
    this.forgetBehind();
  }

  /** It has asked for a snapshot, or is sent again what it lacks. */
  forgetBehind(): void {
    this.toldBehind.clear();
    this.unsendable.clear();
  }

  /** This node has taken in a fence: the peer is sent it without waiting for its author to do so. */
  passFence(system: Readonly<VersionVector>): void {
    this.fenceDue = system.clone();
    this.relay = { ...this.relay, system: system.clone() };
  }

  /** Whether a fence that is due was sent, or need not be: the peer's records come by a snapshot. */
  hasFence(): boolean {
    if (this.fenceDue === null) return true;
    if (this.sent?.system.coversAll(this.fenceDue) !== true && !this.unsendable.has('system')) return false;
    this.fenceDue = null;
    return true;
  }

  get isStalled(): boolean {
    return this.inFlight.length > 0;
  }

  /** It has sent a beat, and an acknowledgement with it; `held`: what this node has. One that is still behind is told so again. */
  turnRelay(held: Readonly<Record<Group, Readonly<VersionVector>>>): void {
    this.toldBehind.clear();
    const { acked, atBeat } = this;
    if (acked === null) return;
    this.relay = {
      data: stillLacked(atBeat?.held.data, atBeat?.has.data, acked.data),
      system: stillLacked(atBeat?.held.system, atBeat?.has.system, acked.system),
    };
    if (this.fenceDue !== null) this.relay.system.merge(this.fenceDue);
    this.atBeat = { has: copyOf(acked), held: copyOf(held) };
  }
}

/** Of what was held before, the origins of which a peer has got nothing since, and lacks some. */
function stillLacked(
  held: VersionVector | undefined,
  had: VersionVector | undefined,
  has: VersionVector,
): VersionVector {
  const lacked = new VersionVector();
  for (const [origin, seq] of held?.seqs ?? []) {
    const at = has.get(origin);
    if (at < seq && at === had?.get(origin)) lacked.advance(origin, seq);
  }
  return lacked;
}

function copyOf({ data, system }: Readonly<Record<Group, Readonly<VersionVector>>>): Record<Group, VersionVector> {
  return { data: data.clone(), system: system.clone() };
}

function isShut(gate: GateState): boolean {
  return gate === 'joining' || gate === 'clock-skew';
}
