import type { Context } from '../context.js';
import type { Liveness } from '../membership/liveness.js';
import type { IncidentRecord } from '../membership/records.js';
import { OperatorError } from '../model/errors.js';
import type { NextStep } from '../model/next-step.js';
import type { Incidents } from '../partition/incidents.js';
import type { ReadReply } from '../replication/messages.js';
import type { Peer } from '../replication/peer.js';
import { moreRoom, noRoom } from './aside-room.js';
import type { Confirmation } from './confirmation.js';
import type { Decision, Decisions } from './decisions.js';
import { noSplitBrain, Planning } from './planning.js';
import { Resolution } from './resolution.js';
import { SettingAside } from './setting-aside.js';
import type { ShownPlan } from './shown-plan.js';
import type { Strategy } from './strategy.js';
import { Undo, type UndoRequest, type UndoResult } from './undo.js';

/** Who waits for something that runs in slices. */
export interface Wait<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

/** What operators ask for: plans, resolutions and undos, each carried out in slices between other events. */
export class OperatorActions {
  private resolution: Resolution | null = null;
  /** What plans have set aside here for incidents that are not resolved yet, by their ids. */
  private readonly asides = new Map<string, SettingAside>();
  readonly planning: Planning;
  private workedAtMs = 0;
  /** What an operator decided, for as long as this node carries it out. */
  private decided: Decided | null = null;
  private readonly resolving: { incident: string; wait: Wait<IncidentRecord>; confirmation: Confirmation | null }[] =
    [];
  private readonly undoing: { undo: Undo; wait: Wait<UndoResult> }[] = [];

  constructor(
    private readonly context: Context,
    private readonly liveness: Liveness,
    private readonly incidents: Incidents,
    private readonly nextReadId: () => number,
    /** Whether this node has stopped, or told the cluster that it left: nobody takes what it writes. */
    private readonly isGone: () => boolean,
  ) {
    this.planning = new Planning(context, liveness, incidents, nextReadId);
  }

  /** Whether a resolution or an undo has yet to end here. */
  get isOverriding(): boolean {
    return this.undoing.length > 0 || this.assigned().length > 0;
  }

  /** What fits into a turn: half of the time, within bounds. Returns whether there is more to do at once. */
  work(): boolean {
    const { ports, slices } = this.context;
    const startedMs = ports.monoMs();
    const budgetMs = Math.min(slices.turnMsMax, Math.max(slices.turnMs, startedMs - this.workedAtMs));
    let hasMore = true;
    for (let steps = 0; hasMore && steps < slices.steps; steps++) {
      hasMore = this.step();
      if (ports.monoMs() - startedMs >= budgetMs) break;
    }
    this.workedAtMs = ports.monoMs();
    return hasMore;
  }

  private step(): boolean {
    this.planning.step();
    // What overrides something waits until the disk takes it.
    if (this.isReadOnly) return this.planning.hasWork;
    this.runResolution();
    const undo = this.undoing[0];
    if (undo !== undefined) this.runUndo(undo.undo, undo.wait);
    return this.planning.hasWork || this.undoing.length > 0 || this.resolution?.hasWork === true;
  }

  receive(peer: Peer, reply: ReadReply): void {
    this.resolution?.receive(peer, reply);
    this.planning.receive(peer, reply);
  }

  /** What was read cannot be taken in. */
  refuse(id: number, reason: string): void {
    this.resolution?.refuse(id, reason);
    this.planning.refuse(id, reason);
  }

  linkDown(): void {
    this.resolution?.linkDown();
    this.planning.linkDown();
  }

  /** What a resolution would do now. Reads the other islands; changes nothing. */
  plan(strategy: Strategy, decisions: Map<string, Decision>, wait: Wait<ShownPlan>): void {
    this.planning.add(strategy, decisions, wait);
  }

  /**
   * Carry a resolution out, here; for a promotion this node must be in the promoted node's island. Where the confirmation says to ask
   * again, nothing was changed, and the record that `wait` gets is open.
   */
  resolve(
    strategy: Strategy,
    decisions: Decisions,
    incidentId: string | null,
    wait: Wait<IncidentRecord>,
    confirmation: Confirmation | null = null,
    asked: string | null = null,
  ): void {
    const refusal = this.refusal();
    if (refusal !== null) return wait.reject(refusal);
    const { records, self } = this.context;
    const open = records.openIncidents();
    const incident = incidentId === null ? open[0] : open.find((one) => one.id === incidentId);
    if (incident === undefined) return wait.reject(noSplitBrain(this.context));
    if (incident.state === 'resolving' && incident.executor !== null && incident.executor !== self.replica) {
      const executor = records.nameOf(incident.executor);
      return wait.reject(
        new OperatorError('resolution-running', `${executor} is resolving ${incident.id} now.`, {
          code: 'see-split-brain',
        }),
      );
    }
    if (strategy.kind === 'promote' && !this.liveness.island().includes(strategy.node)) {
      const message = `${records.nameOf(strategy.node)} is not in the island of ${self.name}: ask a node of its island.`;
      return wait.reject(new OperatorError('refused', message));
    }
    this.decided = { incident: incident.id, decisions, confirmation };
    this.resolution?.stop();
    this.resolution = null;
    this.resolving.push({ incident: incident.id, wait, confirmation });
    this.incidents.assign(incident, strategy, self.replica, 'operator', asked);
  }

  undo(request: UndoRequest, wait: Wait<UndoResult>): void {
    const refusal = this.refusal();
    if (refusal !== null) return wait.reject(refusal);
    const incident = this.context.records.incident(request.incident);
    if (incident === undefined) {
      const error = new OperatorError('unknown-incident', `There is no incident "${request.incident}".`, {
        code: 'see-history',
      });
      return wait.reject(error);
    }
    if (incident.state === 'open' || incident.state === 'resolving') {
      return wait.reject(
        new OperatorError('refused', `Incident ${incident.id} is not resolved yet.`, { code: 'see-split-brain' }),
      );
    }
    this.undoing.push({ undo: new Undo(this.context, request), wait });
  }

  // ---------------------------------------------------------------------------------------------

  private get isReadOnly(): boolean {
    return this.context.ports.storage.takes !== 'all';
  }

  /** Why this node overrides nothing now; null: it may. */
  private refusal(): OperatorError | null {
    const { name } = this.context.self;
    const refused = (why: string): OperatorError =>
      new OperatorError('refused', `${name} ${why}.`, { code: 'see-status' });
    if (this.isGone()) return refused('has left the cluster, or is stopping');
    return this.isReadOnly ? refused('is read-only: its disk does not take it') : null;
  }

  /** The incidents that this node is to resolve. */
  private assigned(): IncidentRecord[] {
    const { records, self } = this.context;
    return records.openIncidents().filter(({ state, executor }) => state === 'resolving' && executor === self.replica);
  }

  private runResolution(): void {
    // One at a time, in the order of the ids, which is the order in which the nodes let each other go first.
    if (this.resolution?.isWaiting === true) this.resolution = null;
    if (this.resolution === null) {
      const mine = this.assigned().sort((a, b) => (a.id < b.id ? -1 : 1))[0];
      if (mine !== undefined && this.context.self.isJoined) this.begin(mine);
    }
    this.resolution?.step();
    if (this.resolution?.isDone === true) {
      this.resolution = null;
      this.decided = null;
    }
    this.settleResolving();
  }

  private begin(incident: IncidentRecord): void {
    const { records } = this.context;
    const decided = this.decided?.incident === incident.id ? this.decided : null;
    if (decided === null && incident.strategy?.kind === 'merge' && incident.strategy.policy === 'custom') {
      // The last write is not what the operator's policy said.
      const problem = `this node restarted, and what policy ${incident.strategy.name} decided went with it`;
      records.putIncident({ ...incident, state: 'open', executor: null, problem });
      return;
    }
    const { decisions, confirmation } = decided ?? { decisions: new Map(), confirmation: null };
    const open = new Set(records.openIncidents().map(({ id }) => id));
    for (const id of this.asides.keys()) if (!open.has(id)) this.asides.delete(id);
    const asides = this.asides.get(incident.id) ?? new SettingAside(this.context, incident.id);
    this.asides.set(incident.id, asides);
    this.resolution = new Resolution(
      this.context,
      this.liveness,
      this.incidents,
      incident.id,
      asides,
      decisions,
      () => this.nextReadId(),
      confirmation,
    );
  }

  private settleResolving(): void {
    for (let i = this.resolving.length - 1; i >= 0; i--) {
      const { incident, wait, confirmation } = this.resolving[i]!;
      const record = this.context.records.incident(incident);
      if (record === undefined || record.state === 'resolving') continue;
      this.resolving.splice(i, 1);
      if (record.state !== 'open' || confirmation?.askAbout != null) wait.resolve(record);
      else wait.reject(this.unresolved(record));
    }
  }

  private unresolved({ id, problem, lacks }: IncidentRecord): OperatorError {
    const { asideRoom, self } = this.context;
    const lack = lacks?.at === self.replica ? asideRoom.lackFor(lacks) : null;
    const next: NextStep = lack === null ? { code: 'see-split-brain' } : moreRoom(lack, self.name);
    return new OperatorError('refused', `${id} could not be resolved: ${problem}.`, next);
  }

  private runUndo(undo: Undo, wait: Wait<UndoResult>): void {
    undo.step();
    if (undo.lack !== null) {
      this.undoing.shift();
      return wait.reject(noRoom(undo.lack, this.context.self.name));
    }
    if (undo.result === null) return;
    this.undoing.shift();
    wait.resolve(undo.result);
  }
}

interface Decided {
  readonly incident: string;
  readonly decisions: Decisions;
  readonly confirmation: Confirmation | null;
}
