import type { Asked } from '../../admin/client/client.js';
import { withClient } from '../../admin/client/client.js';
import type { IncidentView } from '../../admin/protocol/api.js';
import { type ClusterStatus, clusterStatus } from '../cluster/status.js';

/** How the cluster is at one moment, as the page shows it. */
export interface Look
  extends Pick<
    ClusterStatus,
    | 'state'
    | 'healthy'
    | 'headline'
    | 'next'
    | 'note'
    | 'clusterId'
    | 'asked'
    | 'nowMs'
    | 'members'
    | 'islands'
    | 'sights'
    | 'drills'
    | 'onHeal'
    | 'problems'
    | 'notes'
  > {
  /** Split-brains and all else that set values aside, the newest first, as many as a page shows. */
  readonly past: readonly IncidentView[];
}

const PAST_MAX = 50;

/** @throws OperatorError where the node does not say how it is; members that do not answer are in the result. */
export async function lookAt(node: Asked): Promise<Look> {
  const [status, past] = await Promise.all([clusterStatus(node), pastOf(node)]);
  const { state, healthy, headline, next, note, clusterId, asked, nowMs, members, islands, sights } = status;
  const { drills, onHeal, problems, notes } = status;
  return {
    ...{ state, healthy, headline, next, note, clusterId, asked, nowMs, members, islands, sights },
    ...{ drills, onHeal, problems, notes, past },
  };
}

// ---

async function pastOf(node: Asked): Promise<IncidentView[]> {
  const { incidents } = await withClient(node, (client) => client.call('INCIDENTS', {}));
  return incidents.slice(0, PAST_MAX);
}
