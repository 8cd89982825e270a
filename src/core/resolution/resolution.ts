import type { Context } from '../context.js';
import type { Liveness } from '../membership/liveness.js';
import type { IncidentRecord } from '../membership/records.js';
import { clientKeyOf } from '../model/entry.js';
import { harmless } from '../model/names.js';
import { partNameText } from '../model/part-ids.js';
import { isPartKey, wholeKeyOf } from '../model/parts.js';
import type { Steps } from '../model/steps.js';
import { VersionVector } from '../model/vector.js';
import { isAfter, isSameWrite, type ReplicaId } from '../model/version.js';
import { type Incidents, separates } from '../partition/incidents.js';
import type { ReadReply } from '../replication/messages.js';
import type { Peer } from '../replication/peer.js';
import { type AsideAmount, less, measured } from './aside-room.js';
import type { Confirmation } from './confirmation.js';
import type { Decisions } from './decisions.js';
import { Fence } from './fence.js';
import { KeysAnew } from './keys-anew.js';
import { Participants } from './participants.js';
import type { Plan, PlanItem } from './plan.js';
import { Progress } from './progress.js';
import { absent, type SettingAside } from './setting-aside.js';
import { Staging } from './staging.js';

/** An island of which something is missing is read again after this time. */
const READ_AGAIN_MS = 100;
/** How many of the keys that are left to the operator the record names. */
const LEFT_NAMED = 5;

/** Phases in their order; see step(). */
type Phase = 'fence' | 'read' | 'plan' | 'states' | 'set-aside' | 'heard' | 'rewrite' | 'durable' | 'done';

/**
 * R12: carries one resolution out on the executor.
 *
 * 1. fence: the incident's record goes to every participant, with a timestamp beyond all they have seen. What a participant
 *    accepts once it has the record is later than everything that the plan overrides. Each one's acknowledgement tells
 *    how far its earlier writes reach, and that its clock was below the fence until then.
 * 2. read: everything up to there, and no more, is read from the other islands without being applied; plan: it is made of that.
 *    So however fast clients write, there is an end to it. What is met of later writes stands by itself.
 *    states: keys that are to stand with all of their parts as another island has them are read whole from there.
 * 3. set-aside: what the plan overrides is written down; heard: on the disks of all participants.
 * 4. rewrite: outcomes that are not LWW's are written anew at the fence: above all that the plan saw, below what came later.
 * 5. The record says resolved, every node releases its links, and ordinary replication converges.
 */
export class Resolution {
  private phase: Phase = 'fence';
  private readonly participants: Participants;
  private readonly fence: Fence;
  /** The system group's write that a participant must have before the phase ends. */
  private awaited = 0;
  /** How far all of them have come. */
  private heard = 0;
  private staging: Staging | null = null;
  /** This island when the reading began: what it lacks of theirs comes by itself. */
  private own: readonly ReplicaId[] = [];
  private planning: Steps<Plan> | null = null;
  private plan: Plan | null = null;
  /** What everybody had when the plan was begun. */
  private planSaw = new VersionVector();
  private settingAside: Steps<AsideAmount | null> | null = null;
  /** The next item to be written anew. */
  private next = 0;
  private anew: KeysAnew | null = null;
  /** One of them that is being written. */
  private rewriting: Generator<undefined> | null = null;
  /** What the plan sets aside. */
  private overrides: AsideAmount = { entries: 0, bytes: 0 };
  private readonly progress: Progress;
  private readAtMs: number | null = null;

  constructor(
    private readonly context: Context,
    private readonly liveness: Liveness,
    private readonly incidents: Incidents,
    readonly incidentId: string,
    /** What plans for this incident have set aside here. */
    private readonly asides: SettingAside,
    private readonly decisions: Decisions,
    private readonly nextReadId: () => number,
    /** What an operator was shown; null: nothing. */
    private readonly confirmation: Confirmation | null = null,
  ) {
    this.progress = new Progress(() => context.ports.monoMs());
    this.participants = new Participants(context, liveness, incidents);
    this.fence = new Fence(context, incidentId);
    if (!this.fence.take()) this.raiseFence(0);
  }

  get isDone(): boolean {
    return this.phase === 'done';
  }

  /** Whether another resolution on this node goes first, which it can only do once this one makes way. */
  get isWaiting(): boolean {
    if (this.phase !== 'fence') return false;
    const { records, self } = this.context;
    return records
      .openIncidents()
      .some(({ id, state, executor }) => id < this.incidentId && state === 'resolving' && executor === self.replica);
  }

  /** Whether a step can go on at once, without hearing from anybody. */
  get hasWork(): boolean {
    return this.phase === 'plan' || this.phase === 'set-aside' || this.phase === 'rewrite';
  }

  private get isRewriting(): boolean {
    return this.phase === 'rewrite' || this.phase === 'durable';
  }

  receive(peer: Peer, reply: ReadReply): void {
    if (reply.ranges.length > 0 || this.phase === 'states') this.progress.moved();
    this.staging?.receive(peer, reply);
  }

  refuse(id: number, reason: string): void {
    this.staging?.refuse(id, reason);
  }

  linkDown(): void {
    this.staging?.dropped();
  }

  /** Another one goes on in the place of this one. */
  stop(): void {
    this.asides.drop(this.isRewriting);
    this.phase = 'done';
  }

  step(): void {
    const record = this.record();
    if (record === undefined || !this.isOfThis(record)) return this.stop();
    if (this.hasWork) this.progress.moved();
    if (this.progress.idleMs > 6 * this.liveness.timeoutMs + 30_000) return this.giveUp('it took too long');
    this.dropVanished();
    if (this.phase !== 'fence' && this.hasGrown()) this.startOver();
    if (this.phase === 'fence' && !this.isOthersTurn()) this.stepFence();
    if (this.phase === 'read') this.stepRead();
    if (this.phase === 'plan') return this.stepPlan();
    if (this.phase === 'states') this.stepStates();
    if (this.phase === 'set-aside') this.stepSetAside();
    if (this.phase === 'heard' && this.areSetAside()) this.phase = 'rewrite';
    if (this.phase === 'rewrite') this.stepRewrite();
    if (this.phase === 'durable' && this.participants.areHere) this.finish(record);
  }

  /** Somebody else may have assigned the incident at the same time, to this node as well: by a record without the fence, which nobody met. */
  private isOfThis({ state, executor, fence }: IncidentRecord): boolean {
    return state === 'resolving' && executor === this.context.self.replica && fence === this.fence.hlc;
  }

  /** A participant that went away is compared afresh when it returns. Until the plan stands, it has to be made without it. */
  private dropVanished(): void {
    const gone = this.participants.dropVanished();
    if (gone.length === 0) return;
    const left = this.participants.all;
    const isMade = this.phase !== 'read' && this.phase !== 'plan' && this.phase !== 'states';
    if (!isMade || this.isMissedBy(left, gone)) this.startOver();
  }

  /**
   * Whether the plan may leave out what some that are left have. Where a member had replaced a value knowingly, the plan is about its
   * version alone, and so it is of an island whose members had different ones: once that member is gone, the value comes back into play.
   */
  private isMissedBy(left: readonly ReplicaId[], gone: readonly ReplicaId[]): boolean {
    if (this.plan === null) return false;
    const own = this.plan.islands[0]!.replicas;
    const isOther = (replica: ReplicaId): boolean => !own.includes(replica);
    return gone.some(isOther) && left.some(isOther);
  }

  /**
   * Whether this island has members that take no part, or has taken in another island since the plan was begun, whose writes are below
   * the fence and unseen by the plan. What participants have written since then is beyond the fence.
   */
  private hasGrown(): boolean {
    const { data } = this.context.replicas;
    if (this.liveness.heardIsland().some((replica) => !this.participants.has(replica))) return true;
    if (this.plan === null) return false;
    return data.hasUpTo(this.fence.hlc, this.planSaw, (author) => this.participants.has(author));
  }

  /** A member of this island is held apart since the reading began: what is lacking of its writes has to be read as those of another one. */
  private hasLostOne(): boolean {
    const island = this.liveness.heardIsland();
    return this.own.some((replica) => !island.includes(replica));
  }

  /** The fence stays where it is: a participant that has met it needs no other, and one for which it comes too late says so. */
  private startOver(): void {
    this.asides.drop(this.isRewriting);
    this.planning = null;
    this.plan = null;
    this.anew = this.rewriting = null;
    this.phase = 'fence';
    this.progress.begunAnew();
  }

  /** Two incidents that were found apart from each other are resolved one after the other, in the order of their ids. */
  private isOthersTurn(): boolean {
    return this.context.records
      .openIncidents()
      .some(
        ({ id, state, executor }) =>
          id < this.incidentId && state === 'resolving' && executor !== null && this.incidents.isInReach(executor),
      );
  }

  private stepFence(): void {
    const { acks, door, records, replicas } = this.context;
    this.participants.gather();
    if (!this.participants.areHere) return;
    const { others: participants } = this.participants;
    const met = participants.map((replica) => acks.latest(replica)?.fences[this.incidentId]);
    const ahead = participants[met.findIndex((sight) => sight !== undefined && sight.clock > door.hlcMax)];
    if (ahead !== undefined) return this.giveUp(`${records.nameOf(ahead)} is too far ahead of this node's clock`);
    if (met.some((sight) => sight?.fence !== this.fence.hlc)) return;
    const highest = Math.max(0, ...met.map((sight) => sight!.clock));
    if (highest >= this.fence.hlc) return this.raiseFence(highest);
    const target = (replicas.data.vector as VersionVector).clone();
    for (const replica of participants) target.merge(acks.latest(replica)!.data);
    const [, ...islands] = this.incidents.islands();
    const members = islands.map((island) => island.replicas.filter((replica) => this.participants.has(replica)));
    const others = members.filter((island) => island.length > 0);
    if (others.length === 0) return this.giveUp('no other island is in reach');
    this.staging = new Staging(this.context, others, target, this.nextReadId);
    this.own = this.liveness.heardIsland();
    this.phase = 'read';
    this.readAtMs = null;
  }

  private stepRead(): void {
    const staging = this.staging!;
    if (staging.problem !== null) return this.giveUp(staging.problem);
    if (staging.isReading) return;
    const nowMs = this.context.ports.monoMs();
    if (this.readAtMs === null || !staging.isComplete) {
      if (this.readAtMs !== null && nowMs - this.readAtMs < READ_AGAIN_MS) return;
      if (this.readAtMs !== null && this.hasLostOne()) return this.startOver();
      this.readAtMs = nowMs;
      return staging.read();
    }
    const strategy = this.record()!.strategy!;
    const steps = staging.plan(strategy, this.decisions, this.liveness.heardIsland(), this.fence.hlc);
    const compared = this.confirmation?.compare(steps) ?? steps;
    this.planning = measured(compared, (amount) => {
      this.overrides = amount;
    });
    this.planSaw = staging.seen();
    this.phase = 'plan';
  }

  private stepPlan(): void {
    const step = this.planning!.next();
    if (step.done !== true) return;
    if (this.confirmation?.askAbout != null)
      return this.giveUp('the operator is asked again: what was shown has changed');
    const { counts } = step.value;
    if ((counts.manual ?? 0) > 0) return this.leaveToOperator(step.value);
    // What was written down before all started over is written over.
    if (this.lacksRoom(less(this.overrides, this.asides.countBefore))) return;
    this.plan = step.value;
    this.anew = new KeysAnew(this.context, this.staging!, this.plan, this.fence.hlc);
    if (!this.anew.areRead) return this.beginSetAside();
    this.phase = 'states';
    this.readAtMs = null;
  }

  private stepStates(): void {
    const staging = this.staging!;
    if (staging.problem !== null) return this.giveUp(staging.problem);
    if (staging.isReading) return;
    if (this.readAtMs !== null && staging.hasStates) {
      staging.completeStates();
      return this.beginSetAside();
    }
    const nowMs = this.context.ports.monoMs();
    if (this.readAtMs !== null && nowMs - this.readAtMs < READ_AGAIN_MS) return;
    this.readAtMs = nowMs;
    staging.readStates(this.plan!);
  }

  /** Then it has let go. */
  private lacksRoom(more: AsideAmount): boolean {
    const lack = this.context.asideRoom.refusalOf(more);
    if (lack !== null) this.giveUp(lack.words, { lacks: { ...more, at: this.context.self.replica } });
    return lack !== null;
  }

  private beginSetAside(): void {
    this.settingAside = this.asides.write(this.plan!, this.anew!, this.overrides);
    this.next = 0;
    this.phase = 'set-aside';
  }

  private stepSetAside(): void {
    const step = this.settingAside!.next();
    if (step.done !== true) return;
    if (step.value !== null && this.lacksRoom(step.value)) return;
    const { system } = this.context.replicas;
    this.awaited = system.vector.get(system.origin);
    this.phase = 'heard';
  }

  private stepRewrite(): void {
    const { items } = this.plan!;
    const { data } = this.context.replicas;
    const fence = this.fence.hlc;
    for (const last = Math.min(items.length, this.next + this.context.slices.keys); this.next < last; this.next++) {
      const { key, rewrite, versions, outcome, clash } = items[this.next]!;
      if (clash?.restores === true && !this.stepKey(items[this.next]!)) return;
      if (rewrite === null) continue;
      const current = data.store.get(key);
      // Written on this island since the fence: the later write stands.
      if (current !== undefined && !isAfter({ hlc: fence, origin: data.origin }, current)) continue;
      // So does the expiry of a later touch, if its value is the one that stands.
      const isTouched = (current?.touch?.hlc ?? 0) > fence && isSameWrite(current!, versions[outcome] ?? absent(key));
      const expiryMs = isTouched ? current!.expiryMs : rewrite.expiryMs;
      data.writeAt(fence, key, rewrite.value, expiryMs, rewrite.type);
    }
    if (this.next < items.length) return;
    this.phase = 'durable';
  }

  /** Returns whether the key with its parts is written. */
  private stepKey(item: PlanItem): boolean {
    const { slices } = this.context;
    this.rewriting ??= this.anew!.rewrite(item);
    for (let left = slices.keys; left > 0; left--) {
      if (this.rewriting.next().done !== true) continue;
      this.rewriting = null;
      return true;
    }
    return false;
  }

  private finish(record: IncidentRecord): void {
    const { records, ports, self } = this.context;
    const islands = this.plan!.islands.map((island) => ({
      replicas: island.replicas,
      writes: record.islands.find((one) => one.replicas.some((r) => island.replicas.includes(r)))?.writes ?? 0,
    }));
    const resolved: IncidentRecord = {
      ...record,
      state: 'resolved',
      resolvedMs: ports.wallMs(),
      islands,
      counts: this.plan!.counts,
      setAside: this.asides.count,
      participants: [self.replica, ...this.participants.others],
      covered: this.staging!.seen().toData(),
      problem: null,
    };
    this.closeOthers(resolved);
    records.putIncident(resolved);
    this.phase = 'done';
    this.context.log('info', `split-brain ${record.id} is resolved: ${this.asides.count} values set aside`, {
      kind: 'resolved',
      subject: record.id,
    });
  }

  /** Whatever else held participants apart is resolved with this one: the plan took in all that they have. */
  private closeOthers(resolved: IncidentRecord): void {
    const { records } = this.context;
    const { resolvedMs, participants, covered, fence } = resolved;
    for (const other of records.openIncidents()) {
      if (other.id === this.incidentId) continue;
      const isBetween = participants.some((one) => participants.some((two) => separates(other, one, two)));
      if (!isBetween) continue;
      const problem = `resolved together with ${this.incidentId}`;
      records.putIncident({ ...other, state: 'resolved', resolvedMs, participants, covered, fence, problem });
    }
  }

  /**
   * One key cannot stay apart while all others converge: a row travels with the current entry of its key (R5), so a vector that
   * passes it would say that its version is here. So all is held, and the healer does not try again under the same setting.
   */
  private leaveToOperator({ items, counts }: Plan): void {
    const keys = items.filter(({ manual }) => manual).slice(0, LEFT_NAMED);
    const names = keys.map(({ key }) => labelOf(key));
    const left = counts.manual ?? 0;
    const more = left > names.length ? ', …' : '';
    const problem = `${left} ${left === 1 ? 'conflict is' : 'conflicts are'} left to the operator: ${names.join(', ')}${more}`;
    const leftBy = this.record()!.by === 'on-heal' ? this.context.records.settings()['on-heal'] : undefined;
    this.giveUp(problem, leftBy === undefined ? {} : { leftBy });
  }

  /** Let go, with the reason in the record. It can be tried again. */
  private giveUp(problem: string, more: Pick<IncidentRecord, 'leftBy' | 'lacks'> = {}): void {
    this.stop();
    const record = { ...this.record()!, state: 'open', executor: null, fence: null, problem } as const;
    this.context.records.putIncident({ ...record, ...more });
    this.context.log('warn', `split-brain ${this.incidentId} could not be resolved: ${problem}`, {
      kind: 'split-brain',
      subject: this.incidentId,
      // A problem may name the conflicts that are left to the operator.
      keys: true,
    });
  }

  private raiseFence(above: number): void {
    this.fence.raise(above);
    this.startOver();
  }

  /** Whether every participant has written down what the plan overrides. */
  private areSetAside(): boolean {
    const { acks, replicas } = this.context;
    const { origin } = replicas.system;
    const heard = Math.min(
      this.awaited,
      ...this.participants.others.map((one) => acks.latest(one)?.system.get(origin) ?? 0),
    );
    if (heard > this.heard) this.progress.moved();
    this.heard = heard;
    return heard === this.awaited;
  }

  private record(): IncidentRecord | undefined {
    return this.context.records.incident(this.incidentId);
  }
}

/** A key, or a part of it, as it is shown. */
function labelOf(key: Uint8Array): string {
  const textOf = (bytes: Uint8Array): string => harmless(Buffer.from(bytes).toString()).slice(0, 60);
  if (!isPartKey(key)) return textOf(clientKeyOf(key));
  return `${textOf(clientKeyOf(wholeKeyOf(key)))} › ${harmless(partNameText(key)).slice(0, 60)}`;
}
