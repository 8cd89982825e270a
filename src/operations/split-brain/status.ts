import type { IncidentView, SettingsReply } from '../../admin/protocol/api.js';
import { assessSurvey, type ClusterStatus } from '../cluster/status.js';
import type { Named } from '../common/named.js';
import { type ApartChanges, islandChanges } from './island-changes.js';
import { surveyFrom } from './islands-apart.js';

export interface SplitBrainStatus {
  /** partition: some members do not hear others; whether both sides take writes is known once they meet again. */
  state: 'none' | 'partition' | 'split-brain';
  /** false means exit code 3. */
  healthy: boolean;
  headline: string;
  next: string | null;
  note: string | null;
  asked: string;
  members: readonly Named[];
  nowMs: number;
  onHeal: string;
  /** majority: an island without one takes no writes. */
  partitionMode: SettingsReply['partition-mode'];
  incidents: IncidentView[];
  islands: ClusterStatus['islands'];
  /** What each island has changed since they stopped hearing each other; null: they do hear each other, or fewer than two answer here. */
  changes: ApartChanges | null;
}

/** Whether the cluster is split, into which islands, and what to do. Asks every member that can be reached. */
export async function splitBrainStatus(addresses: readonly string[]): Promise<SplitBrainStatus> {
  const { survey, reachedAt } = await surveyFrom(addresses);
  const status = fromClusterStatus(assessSurvey(survey));
  // One that goes silent in between takes nothing from what is known.
  const changes = status.state === 'none' ? null : await islandChanges(survey, reachedAt).catch(() => null);
  return { ...status, partitionMode: survey.asked.settings['partition-mode'], changes };
}

function fromClusterStatus(status: ClusterStatus): Omit<SplitBrainStatus, 'changes' | 'partitionMode'> {
  const { asked, members, nowMs, incidents, islands, onHeal } = status;
  const split = status.state === 'split-brain';
  const apart = status.state === 'partition' || status.state === 'node-down';
  return {
    state: split ? 'split-brain' : apart ? 'partition' : 'none',
    healthy: !split && !apart,
    headline: split || apart ? status.headline : 'No split-brain: no islands are held apart',
    next: split || apart ? status.next : null,
    note: split || apart ? status.note : null,
    asked,
    members,
    nowMs,
    onHeal,
    incidents,
    islands,
  };
}
