import type { Context } from '../context.js';
import type { VectorData } from '../model/vector.js';
import type { ReplicaId } from '../model/version.js';
import type { Message, SeparationData } from '../replication/messages.js';
import type { Group } from '../store/store.js';

/**
 * What a message says of this node's own writes that cannot be true; null: nothing. Nobody has more of them than this node
 * has itself (R6), and nobody retires the boot that runs. Taken in, it would set this node's next sequence number.
 */
export function falseClaim(context: Context, message: Message): string | null {
  if (message.type === 'changes' || message.type === 'read-reply') {
    const group = message.type === 'changes' ? message.group : 'data';
    const { origin, vector } = context.replicas[group];
    const range = message.ranges.find((one) => one.origin === origin && one.upto > vector.get(origin));
    if (range !== undefined) return `writes of this node up to ${range.upto}, which has made ${vector.get(origin)}`;
  }
  for (const [group, vector] of vectorsOf(message)) {
    const fault = falseVector(context, group, vector);
    if (fault !== null) return fault;
  }
  return null;
}

// -----------------------------------------------------------------------------------------------

type Claim = readonly [Group, VectorData];

function vectorsOf(message: Message): readonly Claim[] {
  switch (message.type) {
    case 'ack':
      return [
        ['data', message.ack.data],
        ['system', message.ack.system],
      ];
    case 'beat': {
      const acks = Object.values(message.acks).flatMap(({ data, system }): Claim[] => [
        ['data', data],
        ['system', system],
      ]);
      return [...acks, ...marksOf(message.apart)];
    }
    case 'compare':
      return [
        ['data', message.island],
        ...(message.mark === null ? [] : [['data', message.mark] as const]),
        ...marksOf(message.separations),
      ];
    case 'snapshot-begin':
      return [['data', message.data], ['system', message.system], ...marksOf(message.separations)];
    case 'read-reply':
      return [['data', message.vector]];
    case 'stubs-reply':
      return [['system', message.system]];
    default:
      return [];
  }
}

function marksOf(separations: Readonly<Record<ReplicaId, SeparationData>>): Claim[] {
  return Object.values(separations).map(({ mark }) => ['data', mark]);
}

function falseVector({ replicas, self }: Context, group: Group, { seqs, floors }: VectorData): string | null {
  const { origin, vector } = replicas[group];
  const [claimed, made] = [seqs[origin] ?? 0, vector.get(origin)];
  if (claimed > made) return `writes of this node up to ${claimed}, which has made ${made}`;
  if ((floors[self.replica] ?? 0) > self.boot) return 'that this node writes no more';
  return null;
}
