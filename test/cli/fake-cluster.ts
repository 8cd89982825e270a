import type { EntryFacts, LinkState, StatusReply } from '../../src/admin/protocol/api.js';
import { FakeNode, type Handlers } from './fake-node.js';
import { dataset, replicaReply, SETTINGS, status } from './fixtures.js';

export interface FakeMember {
  name: string;
  node: FakeNode;
  status: StatusReply;
  cut: string[];
}

export interface FakeCluster {
  members: Map<string, FakeMember>;
  /** Address of a member. */
  at(name: string): string;
  member(name: string): FakeMember;
  stop(): Promise<void>;
}

/**
 * Fake nodes with real sockets, each with a status of its own: `{ a: { b: 'held' }, b: { a: 'held' } }` says who sees whom how.
 */
export async function startCluster(
  sees: Record<string, Record<string, LinkState>>,
  more: Partial<StatusReply> = {},
): Promise<FakeCluster> {
  const members = new Map<string, FakeMember>();
  for (const [name, others] of Object.entries(sees)) {
    const member: FakeMember = { name, node: await FakeNode.start(), status: status(name, others, more), cut: [] };
    member.node.handlers = basicHandlers(member);
    members.set(name, member);
  }
  for (const { status: reply } of members.values()) {
    reply.self.address = members.get(reply.self.name)?.node.address ?? reply.self.address;
    for (const listed of reply.members) listed.address = members.get(listed.name)?.node.address ?? 'localhost:1';
  }
  return {
    members,
    at: (name) => members.get(name)!.node.address,
    member: (name) => members.get(name)!,
    stop: async () => {
      await Promise.all([...members.values()].map(({ node }) => node.stop()));
    },
  };
}

/** Give a member these entries and this vector. */
export function hold(member: FakeMember, entries: EntryFacts[], seqs: Record<string, number>): void {
  Object.assign(member.node.handlers, dataset(member.name, entries, seqs));
}

function basicHandlers(member: FakeMember): Handlers {
  return {
    STATUS: () => member.status,
    REPLICA: () => replicaReply(member.name, { replica: member.status.self.replica }),
    SETTINGS: () => SETTINGS,
    STOP: () => {
      // The answer goes out first, as from a node.
      setTimeout(() => void member.node.stop(), 20);
      return { done: true, message: `${member.name} is stopping` };
    },
    LEAVE: () => ({ done: true, message: `${member.name} has left` }),
    FORGET: ({ node }) => ({ done: true, message: `${node} is forgotten` }),
    DRILL: ({ cut, heal }) => {
      if (cut !== undefined) member.cut = cut;
      if (heal) member.cut = [];
      return { allowed: member.status.self.allowsDrills, cut: member.cut };
    },
    ...dataset(member.name, [], {}),
  } as Handlers;
}
