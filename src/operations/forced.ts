import type { StatusReply } from '../admin/api.js';

/** What it means to decide for a cluster without a majority of its members in sight. */
export interface ForcedPlan {
  readonly clusterId: string;
  readonly node: string;
  readonly inSight: readonly string[];
  readonly missing: readonly string[];
}

/** Shown what will happen; resolves with what was typed. */
export type Force = (plan: ForcedPlan) => Promise<string>;

/** What goes with a request: nothing without `force`, or where there is a quorum. */
export async function forceOf(status: StatusReply, force: Force | null): Promise<{ force?: string }> {
  if (force === null || status.self.state !== 'no-quorum') return {};
  const { clusterId, self, island, members } = status;
  const missing = members.map(({ name }) => name).filter((name) => !island.includes(name));
  return { force: await force({ clusterId, node: self.name, inSight: island, missing }) };
}
