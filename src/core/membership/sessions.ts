import type { Context } from '../context.js';
import { harmless } from '../model/names.js';
import { type ReplicaId, startOf } from '../model/version.js';
import type { Gates } from '../partition/gates.js';
import { feed } from '../replication/feed.js';
import { type Hello, PROTOCOL, PROTOCOL_OLDEST, type Refuse } from '../replication/messages.js';
import { Peer } from '../replication/peer.js';
import { clearDoubted, clearForgotten, noteDoubted, noteForgottenBy, noteRunsOn } from './forgotten.js';
import { admit, joinerRecord } from './handshake.js';
import type { Instances } from './instances.js';
import type { Liveness } from './liveness.js';
import type { MemoryMembers } from './memory-members.js';
import { notePassed } from './own-record.js';
import { BESIDE_REDIS } from './parts-support.js';
import type { Quorum } from './quorum.js';
import type { MemberRecord } from './records.js';
import { latestBootOf } from './setbacks.js';
import type { Snapshots } from './snapshots.js';
import { clearVersionFault, noteVersionFault } from './versions.js';

/** The kind of problem: another cluster answers at a member's address. */
const FOREIGN = 'foreign-cluster';
/** Longer than it takes to notice that a node is gone, unless the failure timeout was set far beyond its default. */
const FORMER_SELF_MS = 60_000;
/** A start further ahead than the worst clock is nobody's. */
const CLOCK_ERROR_MAX_MS = 10 * 365 * 86_400_000;

/** From a connection to a peer and back: hellos, who is let in, which of two links stays, when one ends. */
export class Sessions {
  /** A member refused this node because it is none any more: whoever leaves need not tell it. */
  isTurnedOut = false;
  /** Members to whom the links are cut on purpose. */
  readonly cuts = new Set<ReplicaId>();
  /** Links whose hello is not in yet. */
  private readonly greeting = new Map<number, { weDialled: boolean; address: string | null; sinceMs: number }>();
  /** Who answered at the addresses that this node dialled. */
  private readonly found = new Map<string, ReplicaId>();
  private readonly linkPeers = new Map<number, Peer>();
  /** Peers that are members no more; their links end with the next pump. */
  private readonly expelled: Peer[] = [];
  /** Since when this joiner has been told that what ran here before is a member (monotonic); null: it has not. */
  private formerSelfSinceMs: number | null = null;

  constructor(
    private readonly context: Context,
    private readonly liveness: Liveness,
    private readonly gates: Gates,
    private readonly snapshots: Snapshots,
    private readonly instances: Instances,
    private readonly quorum: Quorum,
    private readonly memoryMembers: MemoryMembers,
    private readonly isStopping: () => boolean,
    /** Called when a peer is gone. */
    private readonly onGone: () => void,
  ) {}

  peerOf(link: number): Peer | undefined {
    return this.linkPeers.get(link);
  }

  /** Who made a link whose other end has not said who it is. */
  greetingOf(link: number): 'dialled' | 'accepted' | undefined {
    const greeting = this.greeting.get(link);
    if (greeting === undefined) return undefined;
    return greeting.weDialled ? 'dialled' : 'accepted';
  }

  /** A connection stands. The dialling end greets first. */
  up(link: number, weDialled: boolean, address: string | null): void {
    this.greeting.set(link, { weDialled, address, sinceMs: this.context.ports.monoMs() });
    if (weDialled) this.context.send(link, this.hello());
  }

  down(link: number): void {
    this.greeting.delete(link);
    this.instances.down(link);
    this.snapshots.linkDown(link);
    const peer = this.linkPeers.get(link);
    this.linkPeers.delete(link);
    if (peer === undefined || this.context.peers.get(peer.replica) !== peer) return;
    this.context.peers.delete(peer.replica);
    this.liveness.linkLost(peer);
    this.onGone();
  }

  /** Members to which there is no link, and there should be. */
  wanted(): MemberRecord[] {
    const { records, self, peers } = this.context;
    if (!this.joined && !records.isActive(self.replica)) return [];
    return records
      .active()
      .filter(({ replica }) => replica !== self.replica && !peers.has(replica) && !this.cuts.has(replica));
  }

  /** Whether a linked member was found at this address. */
  isLinkedBy(address: string): boolean {
    return this.context.peers.has(this.found.get(address) ?? '');
  }

  noAnswer(address: string): void {
    this.context.problems.clear(FOREIGN, address);
  }

  /** Cut the links to these members, and to no others. */
  cut(replicas: readonly ReplicaId[]): void {
    this.cuts.clear();
    for (const replica of replicas) this.cuts.add(replica);
    for (const peer of this.linkPeers.values()) if (this.cuts.has(peer.replica)) this.close(peer.link);
  }

  receiveHello(link: number, hello: Hello): void {
    const greeting = this.greeting.get(link);
    if (greeting === undefined) return;
    const { weDialled, address } = greeting;
    this.greeting.delete(link);
    if (this.cuts.has(hello.replica)) return this.close(link);
    const admission = admit(this.context, hello);
    if (admission.kind === 'refuse') {
      if (admission.code === 'forgotten') noteRunsOn(this.context, hello);
      if (admission.code === 'protocol') noteVersionFault(this.context, hello.replica, admission.message);
      if (admission.code === 'bad-name') this.context.log('warn', `a node was refused: ${admission.message}`);
      return this.refuse(link, admission.code, admission.message);
    }
    if (admission.kind === 'join' && this.isStopping())
      return this.refuse(link, 'not-in-cluster', `${this.context.self.name} is leaving: it lets nobody in`);
    if (admission.kind === 'join' && !this.mayGrow(hello)) {
      const { name } = this.context.self;
      return this.refuse(link, 'not-in-cluster', `${name} lets nobody in while it sees no majority (partition-mode)`);
    }
    if (!this.joined && !weDialled) return this.refuse(link, 'not-in-cluster', `${this.context.self.name} is joining`);
    if (address !== null) {
      this.found.set(address, hello.replica);
      this.context.problems.clear(FOREIGN, address);
    }
    const verdict = this.joined ? this.instances.judge(hello) : 'welcome';
    if (verdict === 'passed') return this.refusePassed(link, hello);
    if (verdict === 'welcome') return this.welcome(link, hello, weDialled);
    // What it sends after its hello would be lost meanwhile: this node dials again.
    if (weDialled) return this.close(link);
    this.instances.wait(link, hello);
  }

  /** Let in those who had to wait, or send them away. */
  settleInstances(): void {
    for (const { link, hello, outcome } of this.instances.settle()) {
      const admission = admit(this.context, hello);
      if (admission.kind === 'refuse') this.refuse(link, admission.code, admission.message);
      else if (outcome === 'welcome') this.welcome(link, hello, false);
      else if (outcome === 'passed') this.refusePassed(link, hello);
      else if (outcome === 'second') this.refuse(link, 'second-instance', this.instances.refuse(hello));
      else this.close(link);
    }
  }

  private welcome(link: number, hello: Hello, weDialled: boolean): void {
    const { self, ports } = this.context;
    if (hello.clusterId === null) this.letIn(hello);
    if (!weDialled) this.context.send(link, this.hello());
    if (self.clusterId === null) {
      self.clusterId = hello.clusterId;
      ports.storage.setMeta('clusterId', hello.clusterId);
    }
    this.establish(new Peer(link, hello, weDialled, ports.monoMs()));
  }

  /** From the member that this node dialled and greeted (see LINK_RULES). */
  receiveRefuse(link: number, refusal: Refuse): void {
    const { self, records } = this.context;
    const message = harmless(refusal.message);
    const address = this.greeting.get(link)?.address ?? null;
    this.close(link);
    if (this.joined && refusal.code === 'wrong-cluster') return this.noteForeign(address, refusal);
    const isForgotten =
      refusal.code === 'forgotten' && refusal.clusterId === self.clusterId && records.isActive(refusal.replica);
    if (isForgotten && !this.isStopping() && this.quorum.overrules())
      return noteForgottenBy(this.context, refusal.replica);
    if (isForgotten) this.isTurnedOut = true;
    if (this.isStopping()) return;
    if (refusal.code === 'second-instance' || refusal.code === 'passed') return this.endInstance(refusal);
    const isFatal = !this.joined || isForgotten;
    if (!isFatal && refusal.code === 'forgotten' && refusal.clusterId === self.clusterId && address !== null)
      return noteDoubted(this.context, address);
    // Whoever has just been let in, say, takes its data first: it is dialled again.
    if (refusal.code === 'not-in-cluster') return;
    if (refusal.code === 'name-taken' && this.waitsForFormerSelf(message)) return;
    if (refusal.code === 'protocol' && this.joined) return noteVersionFault(this.context, refusal.replica, message);
    if (refusal.code === 'self' || !isFatal) return this.context.log('warn', `link refused: ${message}`);
    const code =
      refusal.code === 'name-taken' || refusal.code === 'wrong-cluster' || refusal.code === 'forgotten'
        ? refusal.code
        : 'refused';
    this.context.effect({ kind: 'stop', code, message });
  }

  /**
   * The member that let a joiner in may be another, and not have told this node yet. The joiner is in the island of the
   * one that gives it the snapshot, so the record says so.
   */
  adoptJoiner(peer: Peer): void {
    const { records, self } = this.context;
    const record = records.member(peer.replica);
    if (record === undefined) this.letIn(peer.hello);
    else if (record.state === 'member' && peer.theirGate === 'joining' && record.via !== self.replica) {
      records.putMember({ ...record, via: self.replica });
    }
  }

  /** A joiner takes its snapshot from one member, and from another one if that goes away: best one whose clock agrees. */
  askForSnapshot(): void {
    if (this.joined || this.snapshots.isTaking || this.context.ports.storage.takes !== 'all') return;
    const peers = [...this.context.peers.values()];
    const giver = peers.find(({ theirGate }) => theirGate !== 'clock-skew') ?? peers[0];
    if (giver !== undefined) this.snapshots.ask(giver);
  }

  /** This node starts over: no session of before says anything of it any more. */
  closeAll(): void {
    for (const link of [...this.linkPeers.keys()]) this.close(link);
  }

  expelSoon(peer: Peer): void {
    this.expelled.push(peer);
  }

  /** A member no more still learns that its last records arrived here, so that it can leave in peace. */
  expel(): void {
    for (const peer of this.expelled.splice(0)) {
      if (this.context.peers.get(peer.replica) !== peer) continue;
      feed(this.context, peer);
      // Whoever has dialled hangs up (see linkRule).
      if (peer.weDialled) this.close(peer.link);
      else this.refuse(peer.link, 'forgotten', `${peer.hello.name} is no member any more`);
    }
  }

  /** Links over which nothing comes any more end; what was sent and never acknowledged is sent again. */
  closeSilent(): void {
    const nowMs = this.context.ports.monoMs();
    for (const [link, { sinceMs }] of this.greeting) if (nowMs - sinceMs > this.liveness.timeoutMs) this.close(link);
    for (const peer of this.linkPeers.values()) {
      if (nowMs - peer.heardAtMs > this.liveness.timeoutMs) this.close(peer.link);
      else if (peer.isStalled && nowMs - peer.progressAtMs > this.liveness.timeoutMs) peer.restart(nowMs);
    }
  }

  close(link: number): void {
    this.down(link);
    this.context.effect({ kind: 'close', link });
  }

  // ---------------------------------------------------------------------------------------------

  private get joined(): boolean {
    return this.context.self.isJoined;
  }

  private hello(): Hello {
    const { self, ports } = this.context;
    const { replica, boot, previousBoot, name, address, memoryOnly } = self;
    return {
      type: 'hello',
      protocol: PROTOCOL,
      protocolOldest: PROTOCOL_OLDEST,
      ...(self.version !== undefined && { version: self.version }),
      clusterId: self.clusterId,
      replica,
      boot,
      previousBoot,
      name,
      address,
      memoryOnly,
      ...(self.keepsWhole && BESIDE_REDIS),
      wallMs: ports.wallMs(),
    };
  }

  /** A directory was lost, say, and its node started anew: it must not go unseen that it takes writes of its own there. */
  private noteForeign(address: string | null, { clusterId }: Refuse): void {
    if (address === null || clusterId === null) return;
    const { records, problems } = this.context;
    const member = records.active().find((one) => one.address === address);
    const whose = member === undefined ? address : `${member.name}'s address ${address}`;
    const text = `another cluster (${clusterId}) answers at ${whose}: nothing is exchanged with it`;
    const own = this.context.self.address;
    problems.note(FOREIGN, address, text, { code: 'end-stranger', address, member: member?.name ?? null, own });
  }

  /**
   * A memory-only node that comes back at once is refused by those who have not noticed yet that its former self is gone. Its service
   * manager would not start it again.
   */
  private waitsForFormerSelf(message: string): boolean {
    const { self, ports, log } = this.context;
    if (this.joined || !self.memoryOnly || !message.endsWith(` at ${self.address}`)) return false;
    if (this.formerSelfSinceMs === null) log('info', `${message}: waits until it is seen to be gone`);
    this.formerSelfSinceMs ??= ports.monoMs();
    return ports.monoMs() - this.formerSelfSinceMs < FORMER_SELF_MS;
  }

  private refusePassed(link: number, hello: Hello): void {
    const latest = latestBootOf(this.context, hello.replica, hello.boot);
    this.refuse(
      link,
      'passed',
      `a later start of ${hello.name} is known: its clock stood behind, or it is a copy`,
      latest,
    );
  }

  /** A member says that this is not the instance of the replica that goes on. */
  private endInstance({ code, message, clusterId, replica, boot }: Refuse): void {
    const { self, records, ports } = this.context;
    const isBelieved =
      clusterId === self.clusterId && records.isActive(replica) && startOf(boot) < ports.wallMs() + CLOCK_ERROR_MAX_MS;
    if (!isBelieved || (code !== 'second-instance' && code !== 'passed'))
      return this.context.log('warn', `link refused: ${message}`);
    if (code === 'passed') notePassed(this.context, boot);
    this.context.effect({ kind: 'stop', code, message });
  }

  /** A minority must not let in its way to a quorum. Who comes back under its old name adds nobody. */
  private mayGrow({ name }: Hello): boolean {
    return this.quorum.isHere() || this.context.records.byName(name) !== undefined;
  }

  private letIn(hello: Hello): void {
    const { records } = this.context;
    const holder = records.byName(hello.name);
    if (holder !== undefined && holder.replica !== hello.replica) this.memoryMembers.supersede(holder, hello.boot);
    if (records.isActive(hello.replica)) return;
    records.putMember(joinerRecord(this.context, hello));
    this.context.log('info', `${hello.name} joins from ${hello.address}`, { kind: 'joins', subject: hello.name });
  }

  private establish(peer: Peer): void {
    const { peers } = this.context;
    const existing = peers.get(peer.replica);
    if (existing !== undefined && !this.prefers(peer, existing)) return this.close(peer.link);
    if (existing !== undefined) {
      this.down(existing.link);
      this.close(existing.link);
    }
    peers.set(peer.replica, peer);
    this.linkPeers.set(peer.link, peer);
    clearForgotten(this.context, peer.replica);
    clearDoubted(this.context);
    clearVersionFault(this.context, peer.replica);
    this.gates.greet(peer);
    feed(this.context, peer);
    this.liveness.beatTo(peer);
    this.askForSnapshot();
  }

  /** Of two links to one peer both ends keep the same: the one that the smaller id dialled, else the newer. */
  private prefers(candidate: Peer, existing: Peer): boolean {
    const { self, ports } = this.context;
    if (ports.monoMs() - existing.heardAtMs > 3 * this.liveness.intervalMs) return true;
    const isSmallerDialled = (peer: Peer): boolean => peer.weDialled === self.replica < peer.replica;
    if (isSmallerDialled(candidate) !== isSmallerDialled(existing)) return isSmallerDialled(candidate);
    return true;
  }

  private refuse(link: number, code: Refuse['code'], message: string, boot = 0): void {
    const { clusterId, replica } = this.context.self;
    this.context.send(link, { type: 'refuse', code, message, clusterId, replica, boot });
    this.close(link);
  }
}
