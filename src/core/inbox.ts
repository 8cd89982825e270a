import type { Context } from './context.js';
import { falseClaim } from './membership/claims.js';
import type { Instances } from './membership/instances.js';
import type { Liveness } from './membership/liveness.js';
import type { MemoryMembers } from './membership/memory-members.js';
import type { Sessions } from './membership/sessions.js';
import type { Setbacks } from './membership/setbacks.js';
import type { Snapshots } from './membership/snapshots.js';
import type { Hlc } from './model/hlc.js';
import type { Publication } from './model/publication.js';
import type { Gates } from './partition/gates.js';
import type { Intake } from './replication/intake.js';
import type { Message } from './replication/messages.js';
import { entriesOf } from './replication/messages.js';
import type { Peer } from './replication/peer.js';
import type { Replica } from './replication/replica.js';
import type { StubCollection } from './replication/stub-collection.js';
import type { OperatorActions } from './resolution/operator-actions.js';
import { answerRead } from './resolution/staging.js';
import type { Eviction } from './store/eviction.js';
import type { Group } from './store/store.js';

/** Whom the messages are for. */
interface InboxParts {
  readonly liveness: Liveness;
  readonly gates: Gates;
  readonly sessions: Sessions;
  readonly instances: Instances;
  readonly memoryMembers: MemoryMembers;
  readonly setbacks: Setbacks;
  readonly snapshots: Snapshots;
  readonly stubs: StubCollection;
  readonly intake: Intake;
  readonly actions: OperatorActions;
  readonly eviction: Eviction;
  isGone(): boolean;
  /** The peer sent what no node sends. */
  linkBroken(link: number, what: string): void;
  onAck(): void;
  onPublication(publication: Publication): void;
}

/** What a node does about each message of an established session that may come at its stage (see linkRule). */
export class Inbox {
  constructor(
    private readonly context: Context,
    private readonly parts: InboxParts,
  ) {}

  /** Deal with a message, unless it brings what must never come in (R15). */
  receive(peer: Peer, message: Message): void {
    const claim = falseClaim(this.context, message);
    if (claim !== null) return this.parts.linkBroken(peer.link, claim);
    const hlc = this.context.door.tooFarAhead(entriesOf(message));
    if (hlc !== null) return this.turnAway(peer, message, hlc);
    this.dispatch(peer, message);
  }

  /** Its time is too far ahead: nothing of it is taken in, and the gate shuts, as over a clock that is off. */
  private turnAway(peer: Peer, message: Message, hlc: Hlc): void {
    const reason = this.context.door.turnAway(peer.replica, peer.hello.name, hlc);
    if (message.type === 'read-reply') this.parts.actions.refuse(message.id, reason);
    if (this.isJoined) return this.parts.gates.update(peer);
    this.context.effect({ kind: 'stop', code: 'refused', message: reason });
  }

  private dispatch(peer: Peer, message: Message): void {
    switch (message.type) {
      case 'beat':
        this.parts.liveness.receive(peer, { ...message, hlc: Math.min(message.hlc, this.context.door.hlcMax) });
        this.parts.memoryMembers.heard(peer);
        return this.parts.gates.update(peer);
      case 'gate':
        // It opened, and before it heard that this end did, its island had changed: its verdict is split now.
        if (message.state === 'split' && peer.theirGate === 'open') peer.isSettled = false;
        if (message.state === 'clock-skew') {
          peer.forgetVerdict();
          const { name } = peer.hello;
          this.context.log(
            'warn',
            `${name} exchanges no data with this node: its clock, or the time of a change, is too far from there (clock-skew-limit)`,
          );
        }
        peer.theirGate = message.state;
        if (message.state !== 'open') this.parts.snapshots.theirGateShut(peer);
        if (peer.isOpen) peer.open(this.context.ports.monoMs());
        return this.parts.gates.update(peer);
      case 'compare':
        peer.theirCompare = message;
        // One resolution has released it here, and another one, in which this node took no part, has brought it to compare afresh.
        if (!peer.isOpen && message.separations[this.context.self.replica]?.split === false) peer.isSettled = false;
        return this.parts.gates.update(peer);
      case 'ack':
        if (peer.firstAck === null) this.parts.setbacks.judge(peer, message.ack);
        peer.noteAck(message.ack, message.gap, this.context.ports.monoMs());
        if (this.context.records.isActive(peer.replica)) this.context.acks.note(peer.replica, message.ack);
        this.parts.onAck();
        return this.parts.gates.update(peer);
      case 'changes':
        return this.receiveChanges(peer, message.group, message.ranges);
      case 'behind':
        if (message.lost) return this.startOver(peer);
        if (message.group === 'system' || peer.isOpen) this.parts.snapshots.ask(peer);
        return;
      case 'snapshot-request':
        // Nobody is to join here any more, who was let in before either: others give it all.
        if (this.parts.isGone()) return this.parts.sessions.close(peer.link);
        peer.forgetBehind();
        this.parts.sessions.adoptJoiner(peer);
        this.parts.snapshots.giveTo(peer, message.id);
        return;
      case 'snapshot-credit':
        return this.parts.snapshots.credit(peer, message);
      case 'snapshot-begin':
      case 'snapshot-part':
      case 'snapshot-end':
        if (!this.parts.intake.takes('data')) return this.parts.snapshots.abandon();
        this.parts.snapshots.receive(peer, message);
        this.parts.eviction.step();
        return;
      case 'stubs':
        return this.parts.stubs.receive(peer, message);
      case 'stubs-reply':
        return this.parts.stubs.receiveReply(peer, message);
      case 'read':
        return this.context.send(peer.link, answerRead(this.context, message));
      case 'read-reply':
        return this.parts.actions.receive(peer, message);
      case 'publication':
        return this.parts.onPublication(message);
      case 'bye':
        this.parts.instances.saidGoodbye(peer.replica, peer.hello.boot);
        this.parts.liveness.saidGoodbye(peer.replica, peer.hello.boot);
        this.parts.memoryMembers.saidGoodbye(peer);
        return this.context.log('info', `${peer.hello.name} is ${message.reason}`);
    }
  }

  /** A member says that this node came back with less than it once acknowledged: it takes everything anew, as a joiner (R14). */
  private startOver(peer: Peer): void {
    const { self, ports, separations } = this.context;
    if (!this.isJoined || this.parts.isGone()) return;
    this.context.log(
      'warn',
      `${peer.hello.name} says that the data here is older than what was acknowledged: it is taken anew`,
    );
    self.isJoined = false;
    ports.storage.setMeta('joined', undefined);
    separations.clear();
    this.parts.sessions.closeAll();
  }

  private receiveChanges(peer: Peer, group: Group, ranges: readonly Parameters<Replica['receive']>[0][]): void {
    if (!this.isJoined && !this.parts.snapshots.isJoiningFrom(peer)) return;
    // Its link is about to end.
    if (group === 'data' && this.context.records.isFormer(peer.replica)) return;
    if (!this.parts.intake.takes(group)) return this.parts.intake.miss(peer);
    for (const range of ranges) {
      peer.noteHas(group, range.origin, range.upto);
      if (!this.context.replicas[group].receive(range)) peer.gapDue = true;
    }
    this.context.ports.storage.observeClock(this.context.clock.last);
    peer.ackDue = true;
    if (!this.isJoined) this.parts.snapshots.joinIfReady(peer);
    this.parts.eviction.step();
  }

  private get isJoined(): boolean {
    return this.context.self.isJoined;
  }
}
