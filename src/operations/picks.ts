import type { KeyName, PickRequest, PlanReply } from '../admin/api.js';
import type { AdminClient } from '../admin/client.js';
import { OperatorError } from '../core/errors.js';
import { keyText } from './key-text.js';
import type { PicksStrategy } from './strategy.js';

/** Some keys: how many, and the first of them. */
export interface SomeKeys {
  count: number;
  keys: KeyName[];
}

/** What became of an operator's picks. */
export interface PicksOutcome {
  /** Carried out as they were picked. */
  held: number;
  /** Written since they were picked: decided by the policy. */
  changed: SomeKeys;
  /** Conflicts without a pick: decided by the policy. */
  fresh: SomeKeys;
}

/** How many picks are told in one call. */
const PAGE_PICKS = 500;
/** Of so many keys the names are kept, and in an error shown. */
const KEPT_NAMES = 100;
const SHOWN_NAMES = 20;

/** Tell a node the picks on a plan, page by page. Gives those that are about other versions than the plan's. */
export async function tellPicks(
  executor: AdminClient,
  plan: string,
  picks: AsyncIterable<PickRequest>,
): Promise<SomeKeys> {
  const missed: SomeKeys = { count: 0, keys: [] };
  let page: PickRequest[] = [];
  const tell = async (): Promise<void> => {
    if (page.length > 0) addKeys(missed, (await executor.call('DECIDE', { plan, picks: page })).missed);
    page = [];
  };
  for await (const pick of picks) {
    page.push(pick);
    if (page.length === PAGE_PICKS) await tell();
  }
  await tell();
  return missed;
}

/** Those that fit no more were told of when they were told to the node, or with the plan that was made of them. */
export function outcomeOf(missed: SomeKeys, { picks }: PlanReply): PicksOutcome {
  const changed = { count: missed.count, keys: [...missed.keys] };
  if (picks === undefined) return { held: 0, changed, fresh: { count: 0, keys: [] } };
  addKeys(changed, picks.missedKeys, picks.missed);
  return { held: picks.held, changed, fresh: { count: picks.unpicked, keys: picks.unpickedKeys } };
}

/** The same once it was carried out: what was written in between. */
export function carriedOut(outcome: PicksOutcome, missed: number, missedKeys: readonly KeyName[]): PicksOutcome {
  const changed = { count: outcome.changed.count, keys: [...outcome.changed.keys] };
  addKeys(changed, missedKeys, missed);
  return { ...outcome, held: outcome.held - missed, changed };
}

/** @throws OperatorError `refused` where keys were written since they were picked, and that was not allowed for. */
export function expectUnchanged({ name, exceptChanged }: PicksStrategy, { count, keys }: SomeKeys): void {
  if (count === 0 || exceptChanged) return;
  const names = keys.slice(0, SHOWN_NAMES).map(keyNameText).join(', ');
  const more = count > SHOWN_NAMES ? `, and ${count - SHOWN_NAMES} more` : '';
  const were = count === 1 ? 'was' : 'were';
  throw new OperatorError(
    'refused',
    `${count} of the keys in ${name} ${were} written since: ${names}${more}; nothing was changed`,
    'add --except-changed to carry out the rest, and have these decided by its policy; or save the plan anew',
  );
}

/** @throws OperatorError where the picks are about something else than what there is to resolve. */
export function expectSameIncident({ name, incident }: PicksStrategy, plan: PlanReply): void {
  if (incident === null || plan.incident === null || incident === plan.incident) return;
  const message = `${name} is about split-brain ${incident}, and what is open is ${plan.incident}; nothing was changed`;
  throw new OperatorError('refused', message, `mneme split-brain show ${incident}`);
}

/** @throws OperatorError where the picks are about another cluster. */
export async function expectSameCluster(executor: AdminClient, { name, cluster }: PicksStrategy): Promise<void> {
  const { clusterId } = await executor.call('STATUS', {});
  if (cluster === null || cluster === clusterId) return;
  const message = `${name} is about cluster ${cluster}, and this node is of ${clusterId}; nothing was changed`;
  throw new OperatorError('wrong-cluster', message, 'mneme cluster status');
}

export function keyNameText({ keyBase64, database }: KeyName): string {
  return `${keyText(Buffer.from(keyBase64, 'base64'))}${database === 0 ? '' : ` (db ${database})`}`;
}

function addKeys(some: SomeKeys, keys: readonly KeyName[], count = keys.length): void {
  some.count += count;
  some.keys.push(...keys.slice(0, Math.max(0, KEPT_NAMES - some.keys.length)));
}
