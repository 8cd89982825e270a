import { withClient } from '../../admin/client/client.js';
import type { IncidentView, PulseReply } from '../../admin/protocol/api.js';
import { OperatorError } from '../../core/model/errors.js';
import { surveyCluster } from '../common/survey.js';
import { assessSurvey, type ClusterStatus, type MemberStatus } from './status.js';

/** A member and what its clients do just now. */
export interface BusyMember extends MemberStatus {
  readonly clients: number | null;
  /** Commands of clients, by the second; null: it does not answer, or was asked once only. */
  readonly reads: number | null;
  readonly writes: number | null;
}

/** How keys begin that are in use at a member, estimated from samples of its requests. */
export interface HotPrefix {
  readonly node: string;
  readonly replica: string;
  readonly prefixBase64: string;
  readonly database: number;
  readonly reads: number;
  readonly writes: number;
}

/** A split-brain, and its conflicts as far as they are known. */
export interface TopIncident extends IncidentView {
  readonly conflicts: number | null;
}

export interface TopLook
  extends Pick<ClusterStatus, 'state' | 'healthy' | 'headline' | 'clusterId' | 'asked' | 'nowMs'> {
  readonly members: readonly BusyMember[];
  readonly hot: readonly HotPrefix[];
  /** Of split-brains, the newest first. */
  readonly incidents: readonly TopIncident[];
}

const INCIDENTS = 20;
/** A plan costs the node some work. */
const PLANNED_EVERY_MS = 5000;

/** Looks at a cluster again and again: figures by the second are of the time between two looks. */
export class TopWatch {
  private readonly pulses = new Map<string, PulseReply>();
  private readonly planned = new Map<string, { conflicts: number | null; atMs: number }>();

  /** @param nowMs of a clock that never steps */
  constructor(private readonly nowMs: () => number) {}

  /** @throws OperatorError `not-reachable` if the node itself does not answer; members that do not are in the result. */
  async look(address: string): Promise<TopLook> {
    const survey = await surveyCluster(address);
    const { asked, askedAddress, answers } = survey;
    const { state, healthy, headline, clusterId, nowMs, members } = assessSurvey(survey);
    const placeOf = new Map(answers.map(({ self }) => [self.replica, self.address]));
    placeOf.set(asked.self.replica, askedAddress);
    const pulses = await Promise.all(members.map(({ replica }) => pulseAt(placeOf.get(replica))));
    const busy = members.map((member, i) => this.busy(member, pulses[i] ?? null));
    const incidents = await this.incidents(askedAddress);
    return {
      ...{ state, healthy, headline, clusterId, nowMs, asked: asked.self.name, members: busy, incidents },
      hot: pulses.flatMap((pulse) => (pulse === null ? [] : hotOf(pulse))),
    };
  }

  private busy(member: MemberStatus, pulse: PulseReply | null): BusyMember {
    const before = this.pulses.get(member.replica);
    if (pulse === null) return { ...member, clients: null, reads: null, writes: null };
    this.pulses.set(member.replica, pulse);
    const spanMs = before === undefined ? 0 : pulse.atMs - before.atMs;
    // It has been started anew, or its counters were.
    const isAnew = before === undefined || spanMs <= 0 || pulse.reads < before.reads || pulse.writes < before.writes;
    const rate = (now: number, then: number) => (isAnew ? null : ((now - then) * 1000) / spanMs);
    const { clients, reads, writes } = pulse;
    return { ...member, clients, reads: rate(reads, before?.reads ?? 0), writes: rate(writes, before?.writes ?? 0) };
  }

  private async incidents(address: string): Promise<TopIncident[]> {
    return withClient(address, async (client) => {
      const { incidents } = await client.call('INCIDENTS', {});
      const splits = incidents.filter(({ islands }) => islands.length > 1).slice(0, INCIDENTS);
      const found: TopIncident[] = [];
      for (const one of splits) {
        const isOpen = one.state === 'open' || one.state === 'resolving';
        const conflicts = one.counts?.conflicts ?? (isOpen ? await this.plannedConflicts(one.id, plan) : null);
        found.push({ ...one, conflicts });
      }
      return found;

      async function plan(): Promise<number> {
        return (await client.call('PLAN', { limit: 1, offset: 0 })).counts.conflicts;
      }
    });
  }

  /** Of one that is open: what a plan says, which is not asked for at every look. */
  private async plannedConflicts(id: string, plan: () => Promise<number>): Promise<number | null> {
    const known = this.planned.get(id);
    const nowMs = this.nowMs();
    if (known !== undefined && nowMs - known.atMs < PLANNED_EVERY_MS) return known.conflicts;
    const conflicts = await plan().catch(unlessSilent);
    this.planned.set(id, { conflicts, atMs: nowMs });
    return conflicts;
  }
}

// ---

/** null: it does not answer, or is of a version that does not tell. */
async function pulseAt(address: string | undefined): Promise<PulseReply | null> {
  if (address === undefined) return null;
  return withClient(address, (client) => client.call('PULSE', {})).catch(() => null);
}

function hotOf({ name, replica, hot }: PulseReply): HotPrefix[] {
  if (hot === null) return [];
  const rate = (count: number) => (count * 1000) / hot.windowMs;
  return hot.groups.map(({ prefixBase64, database, reads, writes }) => {
    return { node: name, replica, prefixBase64, database, reads: rate(reads), writes: rate(writes) };
  });
}

function unlessSilent(error: unknown): null {
  if (error instanceof OperatorError) return null;
  throw error;
}
