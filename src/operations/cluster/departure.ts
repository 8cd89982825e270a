import type { LinkState, StatusReply } from '../../admin/protocol/api.js';
import type { Named } from '../common/named.js';
import type { NodeDone } from './node-done.js';

/** What it means that a member goes for good. */
export interface Departure {
  node: string;
  address: string;
  state: LinkState;
  lastHeardMs: number | null;
  /** The members that stay. */
  remaining: string[];
  /** All of them, with those that go. */
  members: readonly Named[];
  /** Members that have not acknowledged all that the answering node has. For a node that leaves: who lacks its writes. */
  behind: { node: string; lagWrites: number }[];
  nowMs: number;
}

export interface NodeDeparted extends NodeDone {
  plan: Departure;
}

/** Shown the plan; throws what stops it. */
export type Approve = (plan: Departure) => Promise<void>;

/** The departure of a member as the answering node sees it. Pure. */
export function planDeparture(status: StatusReply, name: string): Departure {
  const others = status.members.filter((member) => member.name !== name);
  const member = status.members.find((candidate) => candidate.name === name);
  const isSelf = status.self.name === name;
  return {
    node: name,
    address: member?.address ?? '',
    state: member?.link ?? 'down',
    lastHeardMs: member?.lastHeardMs ?? null,
    remaining: others.map((other) => other.name),
    behind: isSelf
      ? others.filter((other) => other.lagWrites > 0).map((other) => ({ node: other.name, lagWrites: other.lagWrites }))
      : [],
    members: status.members,
    nowMs: status.nowMs,
  };
}
