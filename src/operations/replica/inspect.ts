import { withClient } from '../../admin/client/client.js';
import type { ReplicaReply } from '../../admin/protocol/api.js';
import { connectNamed, findMember } from '../common/survey.js';

export interface ReplicaInspection extends ReplicaReply {
  address: string;
  /** Names of members by replica id. */
  members: Record<string, string>;
}

/** One replica: its links, and what it lacks from whom. The asked node itself when no other is named. */
export async function replicaInspect(address: string, wanted?: string): Promise<ReplicaInspection> {
  return withClient(address, async (asked) => {
    const status = await asked.call('STATUS', {});
    const member = findMember(status.members, wanted ?? status.self.name);
    const members = Object.fromEntries(status.members.map(({ replica, name }) => [replica, name]));
    const client = member.link === 'self' ? asked : await connectNamed(member, asked);
    try {
      const replica = await client.call('REPLICA', {});
      const links = [...replica.links].sort((a, b) => (a.peer < b.peer ? -1 : 1));
      return { ...replica, links, address: member.address, members };
    } finally {
      if (client !== asked) client.close();
    }
  });
}
