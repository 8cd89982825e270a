import type { Context } from '../context.js';
import type { Liveness } from '../membership/liveness.js';
import { OperatorError } from '../model/errors.js';
import type { Steps } from '../model/steps.js';
import { VersionVector } from '../model/vector.js';
import type { Incidents } from '../partition/incidents.js';
import type { ReadReply } from '../replication/messages.js';
import type { Peer } from '../replication/peer.js';
import type { Decision } from './decisions.js';
import { KeptPlans } from './kept-plans.js';
import type { Wait } from './operator-actions.js';
import type { ShownPlan } from './shown-plan.js';
import { Staging } from './staging.js';
import type { Strategy } from './strategy.js';

/** Each holds what the other islands changed while it is made, so they are made one after the other. */
const WAITING_MAX = 16;

/** The plans that operators look at: made in slices, one at a time, and kept for a while. */
export class Planning {
  readonly kept: KeptPlans;
  private readonly waiting: Request[] = [];
  private making: Making | null = null;

  constructor(
    private readonly context: Context,
    private readonly liveness: Liveness,
    private readonly incidents: Incidents,
    private readonly nextReadId: () => number,
  ) {
    this.kept = new KeptPlans(() => context.ports.monoMs());
  }

  /** Whether a step can go on at once, without hearing from anybody. */
  get hasWork(): boolean {
    return this.making === null ? this.waiting.length > 0 : !this.making.staging.isReading;
  }

  /** What a resolution would do now. Reads the other islands; changes nothing. */
  add(strategy: Strategy, decisions: Map<string, Decision>, wait: Wait<ShownPlan>): void {
    if (this.incidents.islands().length < 2) return wait.reject(noSplitBrain(this.context));
    if (this.context.records.openSetBacks(this.context.self.replica).length > 0) return wait.reject(this.cannotRead());
    if (this.waiting.length >= WAITING_MAX) {
      const message = `${this.context.self.name} is making ${WAITING_MAX} plans already.`;
      return wait.reject(new OperatorError('refused', message, { code: 'plan-again' }));
    }
    this.waiting.push({ strategy, decisions, wait });
  }

  receive(peer: Peer, reply: ReadReply): void {
    if (this.making === null) return;
    this.making.staging.receive(peer, reply);
    this.making.heardMs = this.context.ports.monoMs();
  }

  refuse(id: number, reason: string): void {
    this.making?.staging.refuse(id, reason);
  }

  /** What was being read may have been lost with the link: from the start, with the islands as they are now. */
  linkDown(): void {
    if (this.making?.staging.isReading !== true) return;
    this.waiting.unshift(this.making.request);
    this.making = null;
  }

  step(): void {
    this.kept.expire();
    const request = this.waiting[0];
    if (this.making === null && request !== undefined) {
      this.waiting.shift();
      this.begin(request);
    }
    if (this.making !== null) this.go(this.making);
  }

  // ---------------------------------------------------------------------------------------------

  /** No log reaches back any more to what this node lacks: it takes everything anew once the split-brain is over. */
  private cannotRead(): OperatorError {
    const { peers, records, self } = this.context;
    const able = [...peers.keys()].filter((replica) => records.openSetBacks(replica).length === 0);
    const address = able.map((replica) => records.member(replica)?.address).find((one) => one !== undefined);
    const message = `${self.name} came back with an older copy of its directory and cannot read what the other islands have. Another member can, and may be promoted.`;
    return new OperatorError(
      'refused',
      message,
      address === undefined ? { code: 'see-split-brain' } : { code: 'plan-at', address },
    );
  }

  private begin(request: Request): void {
    const [, ...others] = this.incidents.islands();
    if (others.length === 0) return request.wait.reject(noSplitBrain(this.context));
    const { acks, replicas } = this.context;
    const islands = others.map((island) => island.replicas);
    const target = (replicas.data.vector as VersionVector).clone();
    for (const replica of islands.flat()) target.merge(acks.latest(replica)?.data ?? new VersionVector());
    const staging = new Staging(this.context, islands, target, () => this.nextReadId());
    staging.read();
    const heardMs = this.context.ports.monoMs();
    this.making = { request, staging, steps: this.shown(request, staging), heardMs };
  }

  private *shown({ strategy, decisions }: Request, staging: Staging): Steps<ShownPlan> {
    return yield* staging.shown(strategy, decisions, this.liveness.heardIsland());
  }

  private go({ request, staging, steps, heardMs }: Making): void {
    // However much there is to read: what counts is that it makes progress.
    const isLate = staging.isReading && this.context.ports.monoMs() - heardMs >= 6 * this.liveness.timeoutMs;
    if (staging.problem !== null || isLate) {
      const problem = `The other island cannot be read: ${staging.problem ?? 'no answer'}.`;
      this.making = null;
      return request.wait.reject(new OperatorError('refused', problem, { code: 'see-split-brain' }));
    }
    if (staging.isReading) return;
    const step = steps.next();
    if (step.done !== true) return;
    this.making = null;
    const incident = this.context.records.openIncidents()[0]?.id ?? null;
    this.kept.keep({ plan: step.value, incident, decisions: request.decisions });
    request.wait.resolve(step.value);
  }
}

export function noSplitBrain(context: Context): OperatorError {
  const down = context.separations
    .list()
    .map(([replica]) => context.records.nameOf(replica))
    .sort();
  const message =
    down.length === 0
      ? 'There is no split-brain: all members are in sync.'
      : `There is nothing to resolve yet: ${down.join(', ')} cannot be reached, and will be compared on return.`;
  return new OperatorError('no-split-brain', message, { code: 'see-status' });
}

interface Request {
  readonly strategy: Strategy;
  readonly decisions: Map<string, Decision>;
  readonly wait: Wait<ShownPlan>;
}

interface Making {
  readonly request: Request;
  readonly staging: Staging;
  readonly steps: Steps<ShownPlan>;
  /** When the last answer came. */
  heardMs: number;
}
