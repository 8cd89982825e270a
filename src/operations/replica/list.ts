import type { ReplicaReply } from '../../admin/protocol/api.js';
import { hashBytes } from '../../core/model/bytes.js';
import type { Named } from '../common/named.js';
import { type SilentMember, withMembers } from '../common/survey.js';

export interface ReplicaRow extends Omit<ReplicaReply, 'links' | 'lacks'> {
  address: string;
  memoryOnly: boolean;
  /** Eight hex digits over all bucket digests: equal for equal data. */
  digest: string;
  /** The same letter for replicas with the same data: A for the most common, B, … */
  group: string;
}

export interface ReplicaList {
  /** Whether all replicas that answered hold the same data at this moment. Writes under way make a difference too. */
  same: boolean;
  replicas: ReplicaRow[];
  /** All of them, where `replicas` are a part. */
  everyone?: readonly Named[];
  unreachable: SilentMember[];
}

/** The state of every replica that can be reached, and which hold the same data. */
export async function replicaList(address: string): Promise<ReplicaList> {
  return withMembers(address, async (members) => {
    const answers = await members.ask(async (client) => {
      return Promise.all([client.call('REPLICA', {}), client.call('DIGESTS', {})]);
    });
    const rows = answers.map(({ member, answer: [replica, digests] }) => {
      const { links: _links, lacks: _lacks, ...facts } = replica;
      const digest = digestOf(digests.digests);
      return { ...facts, address: member.address, memoryOnly: member.memoryOnly, digest, group: '' };
    });
    const groups = groupLetters(rows.map((row) => row.digest));
    for (const row of rows) row.group = groups.get(row.digest) ?? '?';
    return { same: groups.size <= 1, replicas: rows, unreachable: members.unreachable };
  });
}

/** One short sum over all bucket digests, to be read by people. */
export function digestOf(digests: readonly number[]): string {
  return hashBytes(new Uint8Array(Float64Array.from(digests).buffer))
    .toString(16)
    .padStart(8, '0');
}

function groupLetters(digests: readonly string[]): Map<string, string> {
  const counts = new Map<string, number>();
  for (const digest of digests) counts.set(digest, (counts.get(digest) ?? 0) + 1);
  const ordered = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return new Map(ordered.map(([digest], index) => [digest, String.fromCharCode(65 + (index % 26))]));
}
