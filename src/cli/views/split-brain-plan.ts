import type { PlanReply } from '../../admin/protocol/api.js';
import { humanDuration } from '../../operations/common/durations.js';
import { isUnfiltered, type RowsWanted } from '../../operations/split-brain/rows-wanted.js';
import type { Page, View } from '../page.js';
import { nextStep } from './next-step.js';
import { paletteOf } from './palette.js';
import { rowTable } from './plan-rows.js';
import { absentLines, countLines, islandTable, planGroupTable } from './plan-summary.js';
import { rangeText } from './range.js';
import { type SavedPlan, savedLine } from './saved-plan.js';
import { paragraph } from './text.js';
import { fullTime } from './time.js';

export interface ShownPlan {
  plan: PlanReply;
  rows: RowsWanted;
  wide: boolean;
  nowMs: number;
  /** The command that carries it out; null where the question comes next. */
  next: string | null;
  /** Nothing was named, so the cluster's policy decides. */
  isOnHeal: boolean;
  /** null: it was not saved. */
  saved: SavedPlan | null;
}

/** What a resolution would do: the summary first, then the keys, a line each. */
export const splitBrainPlanView: View<ShownPlan> = (shown, page) => {
  const { strong, dim } = paletteOf(page.color);
  const { plan } = shown;
  const head = `Plan: ${plan.strategy}${byText(shown)}, carried out by ${plan.executor}`;
  const isPreliminary = plan.preliminary === true;
  const since = `islands apart since ${fullTime(plan.separatedMs)} (${humanDuration(shown.nowMs - plan.separatedMs)})`;
  return [
    ...(isPreliminary ? preliminaryLines(shown, page) : [strong(paragraph(head, page.width))]),
    dim(paragraph(since, page.width)),
    ...(isPreliminary ? [] : [dim(paragraph(`digest ${plan.digest}`, page.width))]),
    '',
    islandTable(plan, page),
    ...absentLines(plan.absent, page),
    '',
    ...countLines(plan, page),
    ...planGroupTable(plan, page),
    '',
    ...rowLines(shown, page),
    ...nextLines(shown, page),
  ].join('\n');
};

/** The operator has named no policy. */
function byText({ isOnHeal }: ShownPlan): string {
  return isOnHeal ? " (by the cluster's on-heal)" : '';
}

/** It must not be taken for a plan that holds, nor for one that could be carried out now. */
function preliminaryLines(shown: ShownPlan, page: Page): string[] {
  const { strong, warn } = paletteOf(page.color);
  const why =
    'The islands do not hear each other: this is put together from what each of them says, they go on writing, and nothing can be ' +
    'carried out before the network is whole.';
  return [
    strong(warn(paragraph(`PRELIMINARY: ${shown.plan.strategy}${byText(shown)}, as it would be now`, page.width))),
    paragraph(why, page.width),
  ];
}

function nextLines({ plan, next, saved }: ShownPlan, page: Page): string[] {
  if (plan.preliminary === true) return ['', ...nextStep('mneme split-brain status', page)];
  return next === null ? [] : ['', ...(saved === null ? [] : [savedLine(saved, page)]), ...nextStep(next, page)];
}

function rowLines(shown: ShownPlan, page: Page): string[] {
  const { plan, rows } = shown;
  const { dim, warn } = paletteOf(page.color);
  // It must not be taken for what is resolved.
  const scope = isUnfiltered(rows)
    ? []
    : [warn(paragraph('The filter shapes this list alone: a resolution takes in all keys.', page.width))];
  if (plan.conflicts.length === 0) return [paragraph(emptyText(shown), page.width), ...scope];
  const range = rangeText(
    { offset: rows.offset ?? 0, shown: plan.conflicts.length, total: plan.total },
    whatText(rows, plan),
  );
  return [rowTable(shown, page), dim(paragraph(range, page.width)), ...scope];
}

function emptyText({ plan, rows }: ShownPlan): string {
  if (plan.total > 0) return `Nothing from ${rows.offset} on: there are ${plan.total} keys.`;
  if (!isUnfiltered(rows) && rows.only !== undefined) return 'No key of the plan is of that kind.';
  const others = plan.counts.onlyHere.some((count) => count > 0) ? ' List those with --only one-sided.' : '';
  return `No conflicts to show: what only one island changed goes to all.${others}`;
}

function whatText({ only }: RowsWanted, { conflicts }: PlanReply): string {
  const keys = conflicts.some(({ part }) => part !== undefined) ? 'keys and parts of keys' : 'keys';
  return only === undefined ? keys : only === 'conflicts' ? 'conflicts' : `${only} keys`;
}
