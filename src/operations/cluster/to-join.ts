import { type ClientOptions, connectClient, type Passport } from '../../admin/client/client.js';
import type { StatusReply } from '../../admin/protocol/api.js';
import { OperatorError } from '../../core/model/errors.js';
import { advice } from '../../hints/advice.js';

/** Members that start together have no majority in sight for a moment, or no cluster. */
const PATIENCE_MS = 5000;
const PAUSE_MS = 250;

/**
 * The cluster that the seeds are members of: asked before anything is touched here.
 * @param newcomer the name of a node that is no member yet, whom a minority does not let in; null: it has data of its own
 * @throws OperatorError `no-quorum`, `wrong-cluster`, or `not-reachable`: no seed answers, or none is a member
 */
export async function clusterToJoin(
  seeds: readonly string[],
  newcomer: string | null,
  passport: Passport,
): Promise<string> {
  const deadlineMs = Date.now() + PATIENCE_MS;
  for (;;) {
    const all = await statusesOf(seeds, passport);
    // One that joins itself just now says nothing of where the cluster is.
    const answers = all.filter(({ clusterId }) => clusterId !== '');
    const isLate = Date.now() > deadlineMs;
    if (answers.length === 0 && isLate) throw hasNoCluster(all[0]!);
    const letsIn = ({ self, members }: StatusReply): boolean =>
      self.state !== 'no-quorum' || members.some(({ name }) => name === newcomer);
    if (answers.length > 0) {
      const { clusterId } = theOneCluster(answers);
      if (newcomer === null || answers.some(letsIn)) return clusterId;
      if (isLate) throw lacksMajority(answers[0]!, newcomer);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** The status of each seed that answers. @throws why, if none does. */
async function statusesOf(seeds: readonly string[], passport: Passport): Promise<StatusReply[]> {
  const answers = await Promise.allSettled(seeds.map((seed) => statusAt(seed, { replyTimeoutMs: 5000 }, passport)));
  const statuses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  if (statuses.length > 0) return statuses;
  const [first] = answers;
  throw first?.status === 'rejected'
    ? noWayIn(first.reason)
    : new OperatorError('usage', 'No address of a member to join was given.');
}

/** What a node says of itself and its cluster, asked once. */
export async function statusAt(address: string, options: ClientOptions, passport: Passport): Promise<StatusReply> {
  const client = await connectClient(address, options, passport);
  return client.call('STATUS', {}).finally(() => client.close());
}

function noWayIn(reason: unknown): unknown {
  if (!(reason instanceof OperatorError) || reason.code !== 'not-reachable') return reason;
  const next = 'Name other members to join through, with commas between them, or see whether this one runs.';
  return new OperatorError('not-reachable', reason.message, next, { cause: reason });
}

function theOneCluster(answers: readonly StatusReply[]): StatusReply {
  if (new Set(answers.map(({ clusterId }) => clusterId)).size === 1) return answers[0]!;
  const each = answers.map(({ self, clusterId }) => `${self.name} at ${self.address} of ${clusterId}`);
  const message = `The addresses are of members of different clusters: ${each.join(', ')}.`;
  throw new OperatorError('wrong-cluster', message, 'Name members of the one that it is to join.');
}

/** It may be in one in a moment: a service manager tries again. */
function hasNoCluster({ self }: StatusReply): OperatorError {
  return new OperatorError(
    'not-reachable',
    `${self.name} at ${self.address} is in no cluster yet`,
    advice(`mneme cluster status --node ${self.address}`, 'It says what it waits for. Join once it serves.'),
  );
}

function lacksMajority({ self, island, members }: StatusReply, newcomer: string): OperatorError {
  return new OperatorError(
    'no-quorum',
    `${self.name} sees ${island.length} of ${members.length} members, and lets nobody in without a majority (partition-mode): ${newcomer} cannot join now.`,
    advice(`mneme cluster status --node ${self.address}`, 'Join again once a majority is in sight.'),
  );
}
