import type { StatusReply } from '../../admin/protocol/api.js';
import { OperatorError } from '../../core/model/errors.js';
import { humanDuration } from '../common/durations.js';
import type { ClusterStatus } from './status.js';

export interface Waited {
  for: string;
  waitedMs: number;
  /** As of the status that it was waited for. */
  state: ClusterStatus['state'];
  headline: string;
}

export interface WaitOptions {
  timeoutMs: number;
  /** How it is, while it is not so. */
  onLook(headline: string): void;
}

/** What can be waited for. */
export const WAIT_FOR = 'in-sync, no-split-brain, serving or member:NAME';

const PAUSE_MS = 250;

/**
 * Wait until a condition holds, whether the node answers yet or not.
 * @param lookAt the status of a node that answers
 * @throws OperatorError `timed-out` with how it was last, `usage` for what cannot be waited for
 */
export async function clusterWait(
  wanted: string,
  { timeoutMs, onLook }: WaitOptions,
  lookAt: (onAsked: (asked: StatusReply) => void) => Promise<ClusterStatus>,
): Promise<Waited> {
  const holds = conditionOf(wanted);
  const startedMs = Date.now();
  let last = 'the node has not answered yet';
  let hasSeen = false;
  const onAsked = ({ self }: StatusReply): void => {
    if (!hasSeen) last = `${self.name} answers, but not yet all other members`;
  };
  for (;;) {
    const leftMs = timeoutMs - (Date.now() - startedMs);
    if (leftMs <= 0) throw timedOut(wanted, timeoutMs, last);
    const seen = await within(
      leftMs,
      look(() => lookAt(onAsked)),
    );
    if (seen !== null && typeof seen !== 'string' && holds(seen)) {
      return { for: wanted, waitedMs: Date.now() - startedMs, state: seen.state, headline: seen.headline };
    }
    hasSeen ||= seen !== null;
    if (seen !== null) last = typeof seen === 'string' ? seen : seen.headline;
    onLook(last);
    await sleep(Math.min(PAUSE_MS, leftMs));
  }
}

// ---

type Condition = (status: ClusterStatus) => boolean;

function conditionOf(wanted: string): Condition {
  if (wanted === 'in-sync') return isInSync;
  if (wanted === 'no-split-brain') return ({ incidents, state }) => incidents.length === 0 && state !== 'split-brain';
  if (wanted === 'serving') return ({ members, asked }) => stateOf(members, asked) === 'serving';
  const [, name] = /^member:(.+)$/.exec(wanted) ?? [];
  if (name !== undefined) return ({ members }) => ['serving', 'in-sync'].includes(stateOf(members, name) ?? '');
  throw new OperatorError('usage', `"${wanted}" cannot be waited for`, `wait for ${WAIT_FOR}`);
}

/** All members, by what each sees of each other one. */
function isInSync({ state, members, sights }: ClusterStatus): boolean {
  const isWell = state === 'in-sync' || state === 'problem';
  return isWell && members.every(({ answers }) => answers) && sights.every((sight) => sight.state === 'in-sync');
}

function stateOf(members: ClusterStatus['members'], wanted: string): string | undefined {
  return members.find(({ name, address }) => name === wanted || address === wanted)?.state;
}

/** A node that does not answer, or looks where its cluster is, may do so later. */
async function look(lookAt: () => Promise<ClusterStatus>): Promise<ClusterStatus | string> {
  try {
    return await lookAt();
  } catch (error) {
    if (error instanceof OperatorError && (error.code === 'not-reachable' || isLoading(error))) return error.message;
    throw error;
  }
}

function isLoading({ cause }: OperatorError): boolean {
  return cause instanceof Error && cause.message.startsWith('LOADING ');
}

/** null: it took longer. The time that is left holds up nobody: a timer would keep the process. */
function within<T>(ms: number, work: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, ms, null);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function timedOut(wanted: string, timeoutMs: number, last: string): OperatorError {
  return new OperatorError(
    'timed-out',
    `${wanted} did not come true within ${humanDuration(timeoutMs)}: ${last}`,
    'mneme cluster status',
  );
}
