import type { Context } from './context.js';
import { OperatorError } from './errors.js';
import type { Incidents } from './incidents.js';
import type { Liveness } from './liveness.js';
import type { ReadReply } from './messages.js';
import type { Peer } from './peer.js';
import type { Decisions, Plan, Strategy } from './plan.js';
import type { IncidentRecord } from './records.js';
import { Resolution } from './resolution.js';
import { Staging } from './staging.js';
import type { Steps } from './steps.js';
import { Undo, type UndoRequest, type UndoResult } from './undo.js';
import { VersionVector } from './vector.js';

/** Who waits for something that runs in slices. */
export interface Wait<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

/** What operators ask for: plans, resolutions and undos, each carried out in slices between other events. */
export class OperatorActions {
  private resolution: Resolution | null = null;
  private decisions: { incident: string; decisions: Decisions } | null = null;
  private readonly planning: {
    staging: Staging;
    steps: Steps<Plan>;
    wait: Wait<Plan>;
    untilMs: number;
  }[] = [];
  private readonly resolving: { incident: string; wait: Wait<IncidentRecord> }[] = [];
  private readonly undoing: { undo: Undo; wait: Wait<UndoResult> }[] = [];

  constructor(
    private readonly context: Context,
    private readonly liveness: Liveness,
    private readonly incidents: Incidents,
    private readonly nextReadId: () => number,
  ) {}

  /** What fits into a turn. Gives whether there is more to do at once. */
  work(): boolean {
    const { ports, slices } = this.context;
    const startedMs = ports.monoMs();
    for (let steps = 0; steps < slices.steps; steps++) {
      if (!this.step()) return false;
      if (ports.monoMs() - startedMs >= slices.turnMs) return true;
    }
    return true;
  }

  private step(): boolean {
    this.runResolution();
    this.runPlans();
    const undo = this.undoing[0];
    if (undo !== undefined) this.runUndo(undo.undo, undo.wait);
    const isPlanning = this.planning.some(({ staging }) => !staging.isReading);
    return isPlanning || this.undoing.length > 0 || this.resolution?.hasWork === true;
  }

  receive(peer: Peer, reply: ReadReply): void {
    this.resolution?.receive(peer, reply);
    for (const { staging } of this.planning) staging.receive(peer, reply);
  }

  /** What was read cannot be taken in. */
  refuse(id: number, reason: string): void {
    this.resolution?.refuse(id, reason);
    for (const { staging } of this.planning) staging.refuse(id, reason);
  }

  linkDown(): void {
    this.resolution?.linkDown();
    for (const { staging } of this.planning) staging.dropped();
  }

  /** What a resolution would do now. Reads the other islands; changes nothing. */
  plan(strategy: Strategy, decisions: Decisions, wait: Wait<Plan>): void {
    const [, ...others] = this.incidents.islands();
    if (others.length === 0) return wait.reject(noSplitBrain(this.context));
    const islands = others.map((island) => island.replicas);
    const target = (this.context.replicas.data.vector as VersionVector).clone();
    for (const replica of islands.flat()) target.merge(this.context.acks.latest(replica)?.data ?? new VersionVector());
    const staging = new Staging(this.context, islands, target, () => this.nextReadId());
    staging.read();
    const untilMs = this.context.ports.monoMs() + 6 * this.liveness.timeoutMs;
    const steps = staging.plan(strategy, decisions, this.liveness.heardIsland(), null);
    this.planning.push({ staging, steps, wait, untilMs });
  }

  /** Carry a resolution out, here; for a promotion this node must be in the promoted node's island. */
  resolve(strategy: Strategy, decisions: Decisions, incidentId: string | null, wait: Wait<IncidentRecord>): void {
    const { records, self } = this.context;
    const open = records.openIncidents();
    const incident = incidentId === null ? open[0] : open.find((one) => one.id === incidentId);
    if (incident === undefined) return wait.reject(noSplitBrain(this.context));
    if (incident.state === 'resolving' && incident.executor !== null && incident.executor !== self.replica) {
      const executor = records.nameOf(incident.executor);
      return wait.reject(
        new OperatorError(
          'resolution-running',
          `${executor} is resolving ${incident.id} now.`,
          'mneme split-brain status',
        ),
      );
    }
    if (strategy.kind === 'promote' && !this.liveness.island().includes(strategy.node)) {
      const message = `${records.nameOf(strategy.node)} is not in the island of ${self.name}: ask a node of its island.`;
      return wait.reject(new OperatorError('refused', message));
    }
    this.decisions = { incident: incident.id, decisions };
    this.resolution = null;
    this.resolving.push({ incident: incident.id, wait });
    this.incidents.assign(incident, strategy, self.replica, 'operator');
  }

  undo(request: UndoRequest, wait: Wait<UndoResult>): void {
    const incident = this.context.records.incident(request.incident);
    if (incident === undefined) {
      const error = new OperatorError(
        'unknown-incident',
        `There is no incident "${request.incident}".`,
        'mneme split-brain history',
      );
      return wait.reject(error);
    }
    if (incident.state === 'open' || incident.state === 'resolving') {
      return wait.reject(
        new OperatorError('refused', `Incident ${incident.id} is not resolved yet.`, 'mneme split-brain status'),
      );
    }
    this.undoing.push({ undo: new Undo(this.context, request), wait });
  }

  // ---------------------------------------------------------------------------------------------

  private runResolution(): void {
    const { records, self } = this.context;
    // One at a time, in the order of the ids, which is the order in which the nodes let each other go first.
    if (this.resolution?.isWaiting === true) this.resolution = null;
    if (this.resolution === null) {
      const mine = records
        .openIncidents()
        .filter((one) => one.state === 'resolving' && one.executor === self.replica)
        .sort((a, b) => (a.id < b.id ? -1 : 1))[0];
      if (mine !== undefined && self.isJoined) {
        const decisions = this.decisions?.incident === mine.id ? this.decisions.decisions : new Map();
        this.resolution = new Resolution(this.context, this.liveness, this.incidents, mine.id, decisions, () =>
          this.nextReadId(),
        );
      }
    }
    this.resolution?.step();
    if (this.resolution?.isDone === true) this.resolution = null;
    this.settleResolving();
  }

  private settleResolving(): void {
    for (let i = this.resolving.length - 1; i >= 0; i--) {
      const { incident, wait } = this.resolving[i]!;
      const record = this.context.records.incident(incident);
      if (record === undefined || record.state === 'resolving') continue;
      this.resolving.splice(i, 1);
      if (record.state !== 'open') wait.resolve(record);
      else
        wait.reject(
          new OperatorError(
            'refused',
            `${incident} could not be resolved: ${record.problem}.`,
            'mneme split-brain status',
          ),
        );
    }
  }

  private runPlans(): void {
    const nowMs = this.context.ports.monoMs();
    for (let i = this.planning.length - 1; i >= 0; i--) {
      const { staging, steps, wait, untilMs } = this.planning[i]!;
      if (staging.problem !== null || (staging.isReading && nowMs >= untilMs)) {
        this.planning.splice(i, 1);
        const problem = `The other island cannot be read: ${staging.problem ?? 'no answer'}.`;
        wait.reject(new OperatorError('refused', problem));
        continue;
      }
      if (staging.isReading) continue;
      const step = steps.next();
      if (step.done !== true) continue;
      this.planning.splice(i, 1);
      wait.resolve(step.value);
    }
  }

  private runUndo(undo: Undo, wait: Wait<UndoResult>): void {
    undo.step();
    if (undo.result === null) return;
    this.undoing.shift();
    wait.resolve(undo.result);
  }
}

function noSplitBrain(context: Context): OperatorError {
  const down = context.separations.list().map(([replica]) => context.records.nameOf(replica));
  const message =
    down.length === 0
      ? 'There is no split-brain: all members are in sync.'
      : `There is nothing to resolve yet: ${down.join(', ')} cannot be reached, and will be compared on return.`;
  return new OperatorError('no-split-brain', message, 'mneme cluster status');
}
