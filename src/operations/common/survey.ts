import { type AdminClient, type Asked, connectClient, openClient, withClient } from '../../admin/client/client.js';
import type { MemberView, StatusReply } from '../../admin/protocol/api.js';
import { errorText } from '../../admin/protocol/error-text.js';
import { closest } from '../../core/model/closest.js';
import { OperatorError } from '../../core/model/errors.js';

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
 * @param onAsked called with what the node itself says, before the others are asked
 * @throws OperatorError `not-reachable` if the node itself does not answer. Silent members are no error.
 */
export async function surveyCluster(first: Asked, onAsked: (asked: StatusReply) => void = () => {}): Promise<Survey> {
  return withClient(first, async (client) => surveyBy(client, await client.call('STATUS', {}), onAsked));
}

async function surveyBy(
  client: AdminClient,
  asked: StatusReply,
  onAsked: (asked: StatusReply) => void,
): Promise<Survey> {
  onAsked(asked);
  const answers = new Map([[asked.self.replica, asked]]);
  const silent = new Map<string, SilentMember>();
  for (let next = unasked([asked], answers, silent); next.length > 0; ) {
    const replies = await Promise.all(next.map((member) => askMember(member, client)));
    for (const reply of replies) {
      if ('problem' in reply) silent.set(reply.replica, reply);
      else answers.set(reply.self.replica, reply);
    }
    next = unasked([...answers.values()], answers, silent);
  }
  return {
    asked,
    askedAddress: client.address,
    answers: byName([...answers.values()]),
    silent: [...silent.values()].sort(compareNames),
  };
}

/** Find a member by name, address or replica id (a prefix of at least four digits will do). */
export function findMember(members: readonly MemberView[], wanted: string): MemberView {
  const found =
    members.find((member) => member.name === wanted) ??
    members.find((member) => member.address === wanted) ??
    members.find((member) => wanted.length >= 4 && member.replica.startsWith(wanted));
  if (found !== undefined) return found;
  const names = members.map((member) => member.name).join(', ');
  const meant = closest(
    wanted,
    members.map((member) => member.name),
  );
  const guess = meant === null ? '' : `; did you mean ${meant}?`;
  const message = `"${wanted}" is no member${guess === '' ? ';' : guess} the members are ${names}`;
  throw new OperatorError('unknown-node', message, 'mneme cluster status');
}

export interface MemberClient {
  member: MemberView;
  client: AdminClient;
  /** Names of the members that it hears, its own included. */
  island: readonly string[];
}

/** Connections to the members of a cluster. */
export class Members {
  private constructor(
    /** What the asked node says. */
    readonly status: StatusReply,
    /** The members that answer, in order of names. */
    public reached: MemberClient[],
    /** Those that do not, or have ceased to. */
    readonly unreachable: SilentMember[],
  ) {}

  /** Connect to every member that can be reached, to all at the same time. The asked node itself must be. */
  static async connect(asked: Asked): Promise<Members> {
    const first = await openClient(asked);
    const status = await first.call('STATUS', {}).catch((error: unknown) => {
      first.close();
      throw error;
    });
    const members = new Members(status, [], []);
    await Promise.all(
      status.members.map(async (member) => {
        try {
          members.reached.push(await reach(member, first, status));
        } catch (error) {
          members.unreachable.push(silentOf(member, error));
        }
      }),
    );
    members.reached.sort((a, b) => compareNames(a.member, b.member));
    return members;
  }

  get all(): readonly MemberView[] {
    return this.status.members;
  }

  /**
   * Ask all at the same time. A member that does not answer is unreachable from then on, and the others count.
   * @throws OperatorError any other answer of a member, and `not-reachable` if the asked node itself has gone silent.
   */
  async ask<T>(question: (client: AdminClient, member: MemberView) => Promise<T>): Promise<Answer<T>[]> {
    const asked = this.reached;
    const outcomes = await Promise.allSettled(asked.map(({ client, member }) => question(client, member)));
    const answers: Answer<T>[] = [];
    for (const [index, outcome] of outcomes.entries()) {
      const one = asked[index]!;
      if (outcome.status === 'fulfilled') answers.push({ ...one, answer: outcome.value });
      else this.lose(one, outcome.reason);
    }
    return answers;
  }

  close(): void {
    for (const { client } of this.reached) client.close();
  }

  private lose(lost: MemberClient, reason: unknown): void {
    const isSilent = reason instanceof OperatorError && reason.code === 'not-reachable';
    if (!isSilent || lost.member.link === 'self') throw reason;
    lost.client.close();
    this.reached = this.reached.filter((one) => one !== lost);
    this.unreachable.push(silentOf(lost.member, reason));
  }
}

async function reach(member: MemberView, first: AdminClient, status: StatusReply): Promise<MemberClient> {
  if (member.link === 'self') return { member, client: first, island: status.island };
  const { client, island } = await connectAndAsk(member, first);
  return { member, client, island };
}

export interface Answer<T> extends MemberClient {
  answer: T;
}

/** Use connections to all members that can be reached. */
export async function withMembers<T>(asked: Asked, use: (members: Members) => Promise<T>): Promise<T> {
  const members = await Members.connect(asked);
  try {
    return await use(members);
  } finally {
    members.close();
  }
}

type Guide = Pick<AdminClient, 'reach'>;

const THIS_PROCESS: Guide = { reach: (address) => connectClient(address) };

/**
 * A connection to a member, verified to be that member: addresses are handed out anew after a crash.
 * @param by a node of its cluster: the member is asked as that one is; default: as this process asks all nodes
 */
export async function connectChecked(member: MemberView, by: Guide = THIS_PROCESS): Promise<AdminClient> {
  return (await connectAndAsk(member, by)).client;
}

async function connectAndAsk(
  member: MemberView,
  by: Guide,
): Promise<{ client: AdminClient; island: readonly string[] }> {
  const client = await by.reach(member.address);
  try {
    const { self, island } = await client.call('STATUS', {});
    if (self.replica === member.replica) return { client, island };
    throw new OperatorError('not-reachable', `${member.address} is now ${self.name}, not ${member.name}`);
  } catch (error) {
    client.close();
    throw error;
  }
}

/** A connection to a member that the operator named: if it does not answer, the error names it. */
export async function connectNamed(member: MemberView, by: Guide): Promise<AdminClient> {
  return connectChecked(member, by).catch((error: unknown) => {
    throw notAnswering(member, error);
  });
}

export function notAnswering({ name }: MemberView, cause: unknown): OperatorError {
  return new OperatorError('not-reachable', `${name}: ${errorText(cause)}`, 'mneme cluster status', { cause });
}

async function askMember(member: MemberView, by: Guide): Promise<StatusReply | SilentMember> {
  try {
    const client = await by.reach(member.address);
    const reply = await client.call('STATUS', {}).finally(() => client.close());
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
