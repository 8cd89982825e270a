import type { Context } from './context.js';
import type { Quorum } from './membership/quorum.js';
import type { IncidentRecord } from './membership/records.js';
import type { Sessions } from './membership/sessions.js';
import type { PasswordRecord, UserRecord } from './membership/user-records.js';
import type { Bytes } from './model/bytes.js';
import type { Steps } from './model/steps.js';
import type { ReplicaId } from './model/version.js';
import { type AsideFilter, type AsidePage, type Asides, asidesOf, partAsidesOf } from './resolution/asides.js';
import type { Confirmation } from './resolution/confirmation.js';
import type { Decision, Decisions } from './resolution/decisions.js';
import type { KeptPlans } from './resolution/kept-plans.js';
import type { OperatorActions, Wait } from './resolution/operator-actions.js';
import type { ShownPlan } from './resolution/shown-plan.js';
import type { Strategy } from './resolution/strategy.js';
import type { UndoRequest, UndoResult } from './resolution/undo.js';

/** What operators ask of a node, and change in its cluster. */
export class Operator {
  constructor(
    private readonly context: Context,
    private readonly actions: OperatorActions,
    private readonly quorum: Quorum,
    private readonly sessions: Sessions,
  ) {}

  /** What a resolution would do now. Reads the other islands; changes nothing. */
  plan(strategy: Strategy, decisions: Map<string, Decision>, wait: Wait<ShownPlan>): void {
    this.actions.plan(strategy, decisions, wait);
  }

  /** The plans that were shown lately. */
  get keptPlans(): KeptPlans {
    return this.actions.planning.kept;
  }

  /** Carry a resolution out, here; see {@link OperatorActions.resolve}. */
  resolve(
    strategy: Strategy,
    decisions: Decisions,
    incidentId: string | null,
    wait: Wait<IncidentRecord>,
    confirmation: Confirmation | null = null,
    asked: string | null = null,
  ): void {
    this.actions.resolve(strategy, decisions, incidentId, wait, confirmation, asked);
  }

  undo(request: UndoRequest, wait: Wait<UndoResult>): void {
    this.actions.undo(request, wait);
  }

  /** What an incident set aside, in the order of the keys. */
  setAside(incident: string, filter: AsideFilter, page: AsidePage): Steps<Asides> {
    return asidesOf(this.context, incident, filter, page);
  }

  /** What incidents set aside of the parts of a key. */
  setAsideOfParts(key: Bytes): ReturnType<typeof partAsidesOf> {
    return partAsidesOf(this.context, key);
  }

  /** Whether this node's island may decide for the cluster, as far as that asks for a majority. */
  get hasQuorum(): boolean {
    return this.quorum.isHere();
  }

  /** Release what a member that will not return holds back (R8). */
  forget(replica: ReplicaId): void {
    const { records } = this.context;
    const record = records.member(replica);
    if (record?.state !== 'member') return;
    records.putMember({ ...record, state: 'forgotten', ...(this.quorum.isMissing() && { isForced: true }) });
  }

  /** Change what a quorum is, or what it is good for. */
  changeRule(key: string, value: string): void {
    this.context.records.putSetting(key, value, this.quorum.isMissing());
  }

  changeSetting(key: string, value: string): void {
    this.context.records.putSetting(key, value);
  }

  addUser(user: UserRecord, password: PasswordRecord): void {
    this.context.records.users.add(user, password);
  }

  changePassword({ id }: UserRecord, password: PasswordRecord): void {
    this.context.records.users.putPassword(id, password);
  }

  removeUser(user: UserRecord): void {
    this.context.records.users.remove(user);
  }

  /** Drills: the links to these members are cut on purpose, until `cut([])`. */
  cut(replicas: readonly ReplicaId[]): void {
    this.sessions.cut(replicas);
  }

  /** The members to which links are cut. */
  get cuts(): ReadonlySet<ReplicaId> {
    return this.sessions.cuts;
  }
}
