import type { Asked } from '../../admin/client/client.js';
import type { ConflictView, PickRequest, PlanReply, UndoReply } from '../../admin/protocol/api.js';
import { OperatorError } from '../../core/model/errors.js';
import { type Diagnosis, examine } from '../doctor/doctor.js';
import { conflictValues } from '../split-brain/conflict-values.js';
import { withExecutor } from '../split-brain/executor.js';
import type { PicksOutcome } from '../split-brain/picks.js';
import { makePlan } from '../split-brain/plan.js';
import { type Resolution, splitBrainCarryOut } from '../split-brain/resolve.js';
import { type IncidentDetails, splitBrainShow } from '../split-brain/show.js';
import {
  builtInPolicy,
  type KnownStrategy,
  type ModuleStrategy,
  type PicksStrategy,
  type Strategy,
} from '../split-brain/strategy.js';
import { splitBrainUndo, type Undo } from '../split-brain/undo.js';
import { type ValueDiff, valueDiff } from '../split-brain/value-diff.js';
import { Asking } from './asking.js';

/** How many keys are shown at a time. */
const PAGE_ROWS = 20;
const RULES = 'session:=lww,cart:=prefer:a,=lww';

/** What the page may ask, by its name: each is what a command of the CLI does. */
export interface Questions {
  doctor: { request: Record<string, never>; reply: Diagnosis };
  plan: { request: StrategyAsked; reply: PlanShown };
  /** The rows of a plan from `offset` on. */
  rows: { request: StrategyAsked & { plan: string; offset: number }; reply: { rows: ConflictView[] } };
  /** Two islands' values of the key at this place of the plan. */
  values: { request: StrategyAsked & { plan: string; at: number; islands: [number, number] }; reply: ValuesShown };
  /** Carries the plan out; `cluster`: as the operator typed it. */
  resolve: {
    request: StrategyAsked & { plan: string; cluster: string };
    reply: Pick<Resolution, 'plan' | 'incident' | 'changes'>;
  };
  incident: { request: { incident: string; offset: number }; reply: IncidentDetails };
  /** What an undo would do. */
  'undo-plan': { request: { incident: string }; reply: UndoReply };
  undo: { request: { incident: string; cluster: string }; reply: Undo };
}

/** How a split-brain shall end: `promote:NODE`, or a policy as `--policy` takes it. */
interface StrategyAsked {
  strategy: string;
  picks: PickRequest[];
}

export interface PlanShown {
  plan: PlanReply;
  /** As it was asked for. */
  strategy: string;
  picks: PicksOutcome | null;
}

export interface ValuesShown {
  diff: ValueDiff;
  /** What else is to be said of the two. */
  notes: { island: number; isDeleted: boolean; isCut: boolean; isNewer: boolean }[];
}

/** @throws OperatorError `usage` where there is no such question, or not this request of it */
export async function answerQuestion(
  name: string,
  request: Readonly<Record<string, unknown>>,
  node: Asked,
  clusterId: string,
): Promise<object> {
  if (!Object.hasOwn(ANSWERS, name)) throw new OperatorError('usage', `there is no question "${name.slice(0, 60)}"`);
  return ANSWERS[name as keyof Questions](new Asking(request), node, clusterId);
}

// ---

type Answers = {
  [Q in keyof Questions]: (asking: Asking, node: Asked, clusterId: string) => Promise<Questions[Q]['reply']>;
};

const ANSWERS: Answers = {
  doctor: (_, node) => examine(node, []),
  plan: async (asking, node) => {
    const { strategy, text } = strategyOf(asking);
    return withExecutor(node, strategy, async (executor) => {
      const { plan, picks } = await makePlan(executor, strategy, { limit: PAGE_ROWS });
      return { plan, picks, strategy: text };
    });
  },
  rows: async (asking, node) => {
    const { strategy } = strategyOf(asking);
    const request = { plan: asking.text('plan'), limit: PAGE_ROWS, offset: asking.count('offset') };
    const { conflicts } = await withExecutor(node, strategy, (executor) => executor.call('PLAN', request));
    return { rows: conflicts };
  },
  values: async (asking, node) => {
    const { strategy } = strategyOf(asking);
    const request = { plan: asking.text('plan'), limit: 1, offset: asking.count('at') };
    return withExecutor(node, strategy, async (executor) => {
      const plan = await executor.call('PLAN', request);
      const [conflict] = plan.conflicts;
      if (conflict === undefined) throw new OperatorError('usage', `the plan has no key ${request.offset}`);
      const [one, other] = await conflictValues(executor, plan, conflict, asking.pair('islands'));
      const notes = [one, other].map(({ island, value, isCut, isNewer }) => {
        return { island, isDeleted: value === null, isCut, isNewer };
      });
      return { diff: valueDiff(one.value ?? Buffer.alloc(0), other.value ?? Buffer.alloc(0)), notes };
    });
  },
  resolve: async (asking, node, clusterId) => {
    expectCluster(asking, clusterId);
    const { strategy } = strategyOf(asking);
    return splitBrainCarryOut(node, strategy, asking.text('plan'), async ({ otherwise }) => {
      const keys = otherwise === 1 ? 'one key that was' : `${otherwise} keys that were`;
      const message = `nothing was changed: ${keys} written since the plan was shown would come out otherwise`;
      throw new OperatorError('refused', message, 'Look at the plan anew.');
    });
  },
  incident: (asking, node) => {
    return splitBrainShow(node, asking.text('incident'), { limit: PAGE_ROWS, offset: asking.count('offset') });
  },
  'undo-plan': (asking, node) => {
    return splitBrainUndo(node, { incident: asking.text('incident'), rows: { limit: PAGE_ROWS } }, async () => false);
  },
  undo: (asking, node, clusterId) => {
    expectCluster(asking, clusterId);
    return splitBrainUndo(node, { incident: asking.text('incident'), rows: { limit: PAGE_ROWS } }, async () => true);
  },
};

/** Whoever types it knows which cluster they are about to change. */
function expectCluster(asking: Asking, clusterId: string): void {
  const typed = asking.text('cluster').trim();
  if (typed !== clusterId)
    throw new OperatorError('declined', `"${typed.slice(0, 60)}" is not the id of this cluster; nothing was changed`);
}

function strategyOf(asking: Asking): { strategy: Exclude<Strategy, ModuleStrategy>; text: string } {
  const text = asking.text('strategy').trim();
  const promoted = /^promote:(.+)$/.exec(text)?.[1];
  if (promoted !== undefined) return { strategy: { kind: 'promote', node: promoted.trim() }, text };
  if (text === '')
    throw new OperatorError('usage', 'no rules are given', `Give rules, such as ${RULES}, or choose another way.`);
  const known = builtInPolicy(text);
  if (known === null)
    throw new OperatorError('usage', `"${text}" is no policy: give lww, keep-longest-ttl, prefer:NODE, or rules`);
  return { strategy: withPicks(known, asking.picks()), text };
}

function withPicks(otherwise: KnownStrategy, picks: readonly PickRequest[]): KnownStrategy | PicksStrategy {
  if (picks.length === 0) return otherwise;
  return {
    ...({ kind: 'merge', policy: 'picks', name: 'picks' } as const),
    ...{ otherwise, cluster: null, incident: null, exceptChanged: false },
    picksOn: async function* () {
      yield* picks;
    },
  };
}
