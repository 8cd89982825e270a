import type { AdminClient } from '../../admin/client/client.js';
import type { KeyName, PickRequest, PlanReply } from '../../admin/protocol/api.js';
import { OperatorError } from '../../core/model/errors.js';
import { keyNameText } from './key-name.js';
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
/** How many keys are kept by name, and how many an error shows. */
const KEPT_NAMES = 100;
const SHOWN_NAMES = 20;

/** Tell a node the picks on a plan, page by page. Returns those that are about other versions than the plan's. */
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

/** Those that no longer fit were reported when the node was told of them, or with the plan that was made of them. */
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

/** @throws OperatorError `refused` if keys were written since they were picked, and that was not allowed for. */
export function expectUnchanged({ name, exceptChanged }: PicksStrategy, { count, keys }: SomeKeys): void {
  if (count === 0 || exceptChanged) return;
  const were = count === 1 ? 'was' : 'were';
  throw new OperatorError(
    'refused',
    `${count} of the keys in ${name} ${were} written since: ${namesText(count, keys)}; nothing was changed`,
    'add --except-changed to carry out the rest, and have these decided by its policy; or save the plan anew',
  );
}

/** @throws OperatorError `refused` where a saved plan has keys without a pick: nobody has said that the policy decides them. */
export function expectDecided(name: string, { count, keys }: SomeKeys, next: string): void {
  if (count === 0) return;
  const message = `${name} has ${plainCount(count, 'undecided key')}: ${namesText(count, keys)}; nothing was changed`;
  throw new OperatorError('refused', message, next);
}

/** @throws OperatorError `refused` where the policy of a plan leaves conflicts to the operator. */
export function expectNothingLeft({ counts, conflicts }: PlanReply, next: string): void {
  const left = counts.manual ?? 0;
  if (left === 0) return;
  const keys = conflicts.filter(({ outcome }) => outcome === null);
  const names = keys.length === 0 ? '' : `: ${namesText(left, keys)}`;
  const message = `${plainCount(left, 'conflict')} ${left === 1 ? 'is' : 'are'} left to you${names}; nothing was changed`;
  throw new OperatorError('refused', message, next);
}

/** @throws OperatorError if the picks are about something other than what there is to resolve. */
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

function namesText(count: number, keys: readonly KeyName[]): string {
  const shown = keys.slice(0, SHOWN_NAMES);
  const more = count > shown.length ? `, and ${count - shown.length} more` : '';
  return `${shown.map(keyNameText).join(', ')}${more}`;
}

function plainCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

export function addKeys(some: SomeKeys, keys: readonly KeyName[], count = keys.length): void {
  some.count += count;
  some.keys.push(...keys.slice(0, Math.max(0, KEPT_NAMES - some.keys.length)));
}
