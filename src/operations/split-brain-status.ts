import type { IncidentView } from '../admin/api.js';
import { type ClusterStatus, clusterStatus } from './cluster-status.js';

export interface SplitBrainStatus {
  /** partition: some members do not hear others; whether both sides take writes is known once they meet again. */
  state: 'none' | 'partition' | 'split-brain';
  /** false means exit code 3. */
  healthy: boolean;
  headline: string;
  next: string | null;
  note: string | null;
  asked: string;
  nowMs: number;
  onHeal: string;
  incidents: IncidentView[];
  islands: ClusterStatus['islands'];
}

/** Whether the cluster is split, into which islands, and what to do. Asks every member that can be reached. */
export async function splitBrainStatus(address: string): Promise<SplitBrainStatus> {
  return fromClusterStatus(await clusterStatus(address));
}

function fromClusterStatus(status: ClusterStatus): SplitBrainStatus {
  const { asked, nowMs, incidents, islands, onHeal } = status;
  const split = status.state === 'split-brain';
  const apart = status.state === 'partition' || status.state === 'node-down';
  return {
    state: split ? 'split-brain' : apart ? 'partition' : 'none',
    healthy: !split && !apart,
    headline: split || apart ? status.headline : 'No split-brain: no islands are held apart',
    next: split || apart ? status.next : null,
    note: split || apart ? status.note : null,
    asked,
    nowMs,
    onHeal,
    incidents,
    islands,
  };
}
