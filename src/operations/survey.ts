import type { MemberView, StatusReply } from '../admin/api.js';
import { AdminClient, withClient } from '../admin/client.js';
import { errorText } from '../admin/error-text.js';
import { OperatorError } from '../core/errors.js';

/** How long a survey waits for one member. Short: a cluster with a dead member must still be read at once. */
const SURVEY_TIMEOUT_MS = 2000;

export interface SilentMember {
  name: string;
  address: string;
  replica: string;
  /** Why there is no answer, in words. */
  problem: string;
}

/** What all members that could be asked said, at about the same time. */
export interface Survey {
  /** The node that was asked first; its members led to the others. */
  asked: StatusReply;
  askedAddress: string;
  /** All answers, in order of names, the first one included. */
  answers: StatusReply[];
  /** Members that somebody lists and that did not answer us. */
  silent: SilentMember[];
}

/**
 * Ask every member of a node's cluster for its status, in parallel. Members that only others list are asked too: after a
 * partition the lists may differ.
 * @throws OperatorError `not-reachable` if the node itself does not answer. Silent members are no error.
 */
export async function surveyCluster(address: string): Promise<Survey> {
  const { asked, askedAddress } = await withClient(
    address,
    async (client) => ({ asked: await client.call('STATUS', {}), askedAddress: client.address }),
    { connectTimeoutMs: SURVEY_TIMEOUT_MS },
  );
  const answers = new Map([[asked.self.replica, asked]]);
  const silent = new Map<string, SilentMember>();
  for (let next = unasked([asked], answers, silent); next.length > 0; ) {
    const replies = await Promise.all(next.map(askMember));
    for (const reply of replies) {
      if ('problem' in reply) silent.set(reply.replica, reply);
      else answers.set(reply.self.replica, reply);
    }
    next = unasked([...answers.values()], answers, silent);
  }
  return { asked, askedAddress, answers: byName([...answers.values()]), silent: [...silent.values()] };
}

/** Find a member by name, address or replica id (a prefix of at least four digits will do). */
export function findMember(members: readonly MemberView[], wanted: string): MemberView {
  const found =
    members.find((member) => member.name === wanted) ??
    members.find((member) => member.address === wanted) ??
    members.find((member) => wanted.length >= 4 && member.replica.startsWith(wanted));
  if (found !== undefined) return found;
  const names = members.map((member) => member.name).join(', ');
  throw new OperatorError('unknown-node', `"${wanted}" is no member; the members are ${names}`, 'mneme cluster status');
}

export interface MemberClient {
  member: MemberView;
  client: AdminClient;
}

export interface MemberClients {
  reached: MemberClient[];
  unreachable: SilentMember[];
  close(): void;
}

/** Connections to every member that can be reached, in order of names. The asked node itself must be. */
export async function connectMembers(address: string): Promise<MemberClients & { status: StatusReply }> {
  const first = await AdminClient.connect(address, { connectTimeoutMs: SURVEY_TIMEOUT_MS });
  const status = await first.call('STATUS', {}).catch((error: unknown) => {
    first.close();
    throw error;
  });
  const reached: MemberClient[] = [];
  const unreachable: SilentMember[] = [];
  await Promise.all(
    status.members.map(async (member) => {
      try {
        reached.push({ member, client: member.link === 'self' ? first : await connectChecked(member) });
      } catch (error) {
        unreachable.push(silentOf(member, error));
      }
    }),
  );
  reached.sort((a, b) => compareNames(a.member, b.member));
  const close = () => {
    first.close();
    for (const { client } of reached) client.close();
  };
  return { status, reached, unreachable, close };
}

/** A connection to a member, made sure that it is that member: addresses are handed out anew after a crash. */
export async function connectChecked(member: MemberView): Promise<AdminClient> {
  const client = await AdminClient.connect(member.address, { connectTimeoutMs: SURVEY_TIMEOUT_MS });
  try {
    const { self } = await client.call('STATUS', {});
    if (self.replica === member.replica) return client;
    throw new OperatorError('not-reachable', `${member.address} is now ${self.name}, not ${member.name}`);
  } catch (error) {
    client.close();
    throw error;
  }
}

async function askMember(member: MemberView): Promise<StatusReply | SilentMember> {
  const options = { connectTimeoutMs: SURVEY_TIMEOUT_MS, replyTimeoutMs: SURVEY_TIMEOUT_MS };
  try {
    const reply = await withClient(member.address, (client) => client.call('STATUS', {}), options);
    if (reply.self.replica === member.replica) return reply;
    return silentOf(member, new Error(`${member.address} is now ${reply.self.name}`));
  } catch (error) {
    return silentOf(member, error);
  }
}

function unasked(from: StatusReply[], answers: Map<string, unknown>, silent: Map<string, unknown>): MemberView[] {
  const missing = new Map<string, MemberView>();
  for (const member of from.flatMap((reply) => reply.members)) {
    if (!answers.has(member.replica) && !silent.has(member.replica)) missing.set(member.replica, member);
  }
  return [...missing.values()];
}

function silentOf(member: MemberView, error: unknown): SilentMember {
  return { name: member.name, address: member.address, replica: member.replica, problem: errorText(error) };
}

function byName(replies: StatusReply[]): StatusReply[] {
  return replies.sort((a, b) => compareNames(a.self, b.self));
}

function compareNames(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
