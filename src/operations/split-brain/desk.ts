import { type AdminClient, connectClient, withClient } from '../../admin/client/client.js';
import type { ConflictView, PickRequest, PlanReply, RowFilterJson } from '../../admin/protocol/api.js';
import { OperatorError } from '../../core/model/errors.js';
import { DeskPicks, pickRequest } from './desk-picks.js';
import { expectSameCluster, expectSameIncident } from './picks.js';
import { makePlan } from './plan.js';
import { type PickOf, planRows } from './plan-save.js';
import type { OpenPlan } from './plan-text.js';
import { checkedPicks } from './saved-picks.js';
import type { KnownStrategy, ModuleStrategy, PicksStrategy } from './strategy.js';

const PAGE_ROWS = 50;

/** Where an operator goes through the conflicts of a plan, one by one, and picks what stands. Nothing is changed until it is applied. */
export class Desk {
  readonly picks = new DeskPicks();
  plan!: PlanReply;
  /** The place of the conflict that is looked at, from 0. */
  at = 0;
  private page: { offset: number; rows: ConflictView[] } = { offset: 0, rows: [] };

  private constructor(
    readonly address: string,
    /** What decides where nothing is picked. */
    readonly policy: KnownStrategy | ModuleStrategy,
    /** The name of the plan that was saved before; null: none. */
    readonly saved: string | null,
  ) {}

  /** @param saved a plan that was saved before: its picks are where the desk begins. */
  static async open(
    address: string,
    policy: KnownStrategy | ModuleStrategy,
    saved: (PicksStrategy & { readonly opened: OpenPlan }) | null = null,
  ): Promise<Desk> {
    const desk = new Desk(address, policy, saved?.name ?? null);
    await desk.refresh();
    if (saved === null) return desk;
    expectSameIncident(saved, desk.plan);
    await desk.use(async (client) => {
      await expectSameCluster(client, saved);
      // The operator comes for what is undecided.
      const undecided = { count: 0, keys: [] };
      for await (const pick of checkedPicks(client, desk.plan, saved.opened, undecided)) desk.picks.load(pick);
    });
    return desk;
  }

  get total(): number {
    return this.plan.total;
  }

  /** Have the plan made anew, with what was written meanwhile. Picks stay where the versions are the same. */
  async refresh(): Promise<void> {
    this.plan = await this.use(async (client) => (await makePlan(client, this.policy, { limit: PAGE_ROWS })).plan);
    this.page = { offset: 0, rows: this.plan.conflicts };
    this.go(this.at);
  }

  /** The conflict that is looked at; null: there is none. */
  async current(): Promise<ConflictView | null> {
    if (this.total === 0) return null;
    const known = this.page.rows[this.at - this.page.offset];
    if (known !== undefined) return known;
    const offset = this.at - (this.at % PAGE_ROWS);
    const { conflicts } = await this.use((client) =>
      client.call('PLAN', { plan: this.plan.digest, limit: PAGE_ROWS, offset }),
    ).catch(async (error: unknown) => {
      // Plans are kept for an hour, and not over a restart.
      if (!(error instanceof OperatorError) || error.code !== 'unknown-plan') throw error;
      await this.refresh();
      return { conflicts: null };
    });
    if (conflicts === null) return this.current();
    this.page = { offset, rows: conflicts };
    return conflicts[this.at - offset] ?? null;
  }

  go(place: number): void {
    this.at = Math.max(0, Math.min(place, this.total - 1));
  }

  /** How many conflicts there are of this kind. */
  async count(filter: RowFilterJson): Promise<number> {
    const { total } = await this.use((client) =>
      client.call('PLAN', { plan: this.plan.digest, limit: 1, offset: 0, only: 'conflicts', ...filter }),
    );
    return total;
  }

  /** The island that stands, and whether it was picked; null: nobody has decided. */
  standing(conflict: ConflictView): { island: number | null; isPicked: boolean } {
    const picked = this.picks.pickOf(conflict);
    return { island: picked ?? conflict.outcome, isPicked: picked !== null };
  }

  /** What stands in each conflict, to be saved. */
  pickOf(): PickOf {
    return (conflict) => this.standing(conflict).island;
  }

  /** What was picked, over the policy for the rest. */
  strategy(): PicksStrategy {
    const { policy: otherwise, plan } = this;
    const { incident } = plan;
    return {
      ...({ kind: 'merge', policy: 'picks', name: 'picks' } as const),
      ...{ otherwise, cluster: null, incident, picksOn: () => this.picked(), exceptChanged: false },
    };
  }

  use<T>(work: (client: AdminClient) => Promise<T>): Promise<T> {
    return withClient(this.address, work);
  }

  private async *picked(): AsyncGenerator<PickRequest> {
    const client = await connectClient(this.address);
    try {
      for await (const rows of planRows(client, this.plan.digest)) {
        for (const row of rows) {
          const island = this.picks.pickOf(row);
          if (island !== null && row.follows !== true && row.versions[island] != null) yield pickRequest(row, island);
        }
      }
    } finally {
      client.close();
    }
  }
}
