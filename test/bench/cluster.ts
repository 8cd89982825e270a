import { type AdminClient, connectClient, type Passport } from '../../src/admin/client/client.js';
import type { AdminApi, AdminVerb, ReplicaReply } from '../../src/admin/protocol/api.js';
import { isInSync, type NodeProcess } from '../e2e/processes.js';
import { until } from './probes.js';
import type { NodeSpec, Stage } from './stage.js';

/** A node that is up, with a connection for admin calls. */
export interface Member {
  readonly node: NodeProcess;
  readonly admin: AdminClient;
}

/** What each node of a cluster is started with that asks who is there, and what an operator shows to it. */
export interface Guarded {
  readonly flags: readonly string[];
  readonly passport: Passport;
}

export async function startMembers(
  stage: Stage,
  names: readonly [string, ...string[]],
  flags: readonly string[] = [],
  { memoryOnly = false, guarded = null }: Pick<NodeSpec, 'memoryOnly'> & { guarded?: Guarded | null } = {},
): Promise<Member[]> {
  const [first, ...others] = names;
  const guards = guarded?.flags ?? [];
  const founder = await stage.startNode(first, { flags: [...flags, ...guards], memoryOnly });
  const nodes = [founder];
  // Flags that make a cluster, such as --on-heal, are the founder's.
  const joinFlags = [...flags.filter((flag) => flag === '--allow-drills'), ...guards];
  for (const name of others)
    nodes.push(await stage.startNode(name, { join: founder.address, flags: joinFlags, memoryOnly }));
  return membersOf(stage, nodes, guarded?.passport);
}

/** Once they are in sync. */
export async function membersOf(stage: Stage, nodes: readonly NodeProcess[], passport?: Passport): Promise<Member[]> {
  const members: Member[] = [];
  for (const node of nodes) {
    const admin = await connectClient(node.address, { replyTimeoutMs: 60_000 }, passport);
    stage.owns({ kill: async () => admin.close() });
    members.push({ node, admin });
  }
  await untilInSync(members);
  return members;
}

export function ask<V extends AdminVerb>(
  members: readonly Member[],
  verb: V,
  request: AdminApi[V]['request'],
): Promise<AdminApi[V]['reply'][]> {
  return Promise.all(members.map(({ admin }) => admin.call(verb, request)));
}

export async function untilInSync(members: readonly Member[]): Promise<void> {
  const areInSync = async (): Promise<boolean> => {
    const replies = await ask(members, 'STATUS', {});
    return replies.every((status) => status.members.length === members.length && isInSync(status));
  };
  await until('all members are in sync', areInSync, { timeoutMs: 300_000, pollMs: Math.max(20, 10 * members.length) });
}

/** All have the same writes, and each knows from the others' acknowledgements that they have them on their disks. */
export async function untilSameAndDurable(members: readonly Member[]): Promise<void> {
  const areSame = async (): Promise<boolean> => {
    const replies = await ask(members, 'REPLICA', {});
    const [first, ...rest] = replies.map((reply) => vectorText(reply));
    return rest.every((text) => text === first) && replies.every(hasNoLag);
  };
  await until('all members have the same writes on their disks', areSame, { timeoutMs: 300_000 });
}

/** Whether all entries of all members are the same, by their digests. */
export async function haveEqualDigests(members: readonly Member[]): Promise<boolean> {
  const replies = await ask(members, 'DIGESTS', {});
  const [first, ...rest] = replies.map(({ digests, entries }) => `${entries}:${digests.join()}`);
  return rest.every((text) => text === first);
}

// ---

/** Positions of past boots are gone from one replica earlier than from another. */
function vectorText({ vector }: ReplicaReply): string {
  return JSON.stringify(Object.entries(vector.seqs).sort());
}

function hasNoLag({ ownSeq, durableSeq, links }: ReplicaReply): boolean {
  return durableSeq >= ownSeq && links.every((link) => link.sendLag === 0 && link.receiveLag === 0);
}
