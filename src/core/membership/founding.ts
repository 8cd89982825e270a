import type { Context } from '../context.js';
import type { Hello } from '../replication/messages.js';
import { type Company, Gathering, type GatheringStep } from './gathering.js';
import { admit } from './handshake.js';
import type { Liveness } from './liveness.js';
import { foundGathered } from './own-record.js';
import { type Presence, SEES_MAX } from './presence.js';
import type { Settings } from './records.js';

/** It looks for nodes with which to found a cluster, or for one that exists. `clusterId`: what the cluster is called if it founds one. */
export interface Gathers {
  readonly expects: number | null;
  readonly clusterId: string;
}

/** How a node that was started without a cluster finds or founds one, and what it says of itself to whoever looks for nodes. */
export class Founding {
  private readonly gathering: Gathering | null;
  private presences = 0;

  constructor(
    private readonly context: Context,
    private readonly liveness: Liveness,
    private readonly gathers: Gathers | null,
    private readonly settings: Partial<Settings>,
    private readonly isGone: () => boolean,
  ) {
    const { self, ports } = context;
    this.gathering = gathers === null ? null : new Gathering(self, gathers.expects, ports.monoMs());
  }

  /** It was started without a cluster, and has none yet. */
  get isOut(): boolean {
    return this.gathering !== null && !this.context.self.isJoined && this.context.self.clusterId === null;
  }

  /** What this node says of itself to whoever looks for nodes. */
  presence(): Presence {
    const { self, ports, records } = this.context;
    const count = ++this.presences;
    if (!self.isJoined && this.gathering !== null) return this.gathering.presence(count, ports.monoMs());
    const { replica, boot, name, address, clusterId } = self;
    const isMember = self.isJoined && !this.isGone() && records.isActive(replica);
    const others = records.active().filter((one) => one.replica !== replica);
    const sees = others
      .slice(0, SEES_MAX)
      .map((one) => ({ replica: one.replica, name: one.name, address: one.address }));
    return {
      ...{ replica, boot, count, name, address, clusterId, isMember },
      ...{ expects: null, sees, promise: null, opens: false },
    };
  }

  /** A node that this one asked has answered. */
  answered(presence: Presence): void {
    this.gathering?.answered(presence, this.context.ports.monoMs());
  }

  /** A node asks this one. */
  asked(presence: Presence): void {
    this.gathering?.asked(presence, this.context.ports.monoMs());
  }

  /** Addresses of nodes that others have named. */
  addresses(): string[] {
    return this.gathering?.addresses() ?? [];
  }

  /** What a waiting node waits for; null: it was not started to gather. */
  company(): Company | null {
    return this.gathering?.company(this.context.ports.monoMs()) ?? null;
  }

  /** What a node without a cluster does next. With nobody else expected, it founds one here. */
  step(): GatheringStep {
    if (this.gathering === null || this.context.self.isJoined) return { kind: 'wait' };
    const decision = this.gathering.decide(this.context.ports.monoMs());
    if (decision.kind === 'open' && this.gathering.expects === 1) this.found();
    return decision;
  }

  /** One who waited asks to be let in: there is a cluster from now on. */
  foundIfAsked(hello: Hello): void {
    const { self } = this.context;
    if (hello.clusterId !== null || hello.name === self.name || self.clusterId !== null) return;
    const admission = admit(this.context, hello);
    const isFit = admission.kind === 'refuse' && admission.code === 'not-in-cluster';
    if (isFit && this.step().kind === 'open') this.found();
  }

  private found(): void {
    if (this.context.self.isJoined || this.gathers === null) return;
    foundGathered(this.context, this.gathers.clusterId, this.settings, this.gathers.expects ?? 1);
    this.liveness.expect(this.context.self.replica);
  }
}
