import type { Decision } from './decisions.js';
import type { ShownPlan } from './shown-plan.js';

/** Long enough for a person to read a plan and to ask somebody. */
const KEPT_MS = 3_600_000;
const PLANS_MAX = 16;
/** Keys in all of them together: some eighty megabytes, where there are two islands. */
const ITEMS_MAX = 300_000;
/** A key that one island alone changed takes this many times less. */
const ONE_SIDED_PER_ITEM = 8;
/** Kept whatever their size: the plan on which a policy decides, the one that is shown of that, and the one to be asked about anew. */
const LATEST_KEPT = 3;

/** A plan that somebody was shown. */
export interface KeptPlan {
  readonly plan: ShownPlan;
  /** The incident that it is about; null: none was written down yet. */
  readonly incident: string | null;
  /** What a policy of the operator's own decided; shared by all plans that follow from it. */
  readonly decisions: Map<string, Decision>;
}

/** The plans that were shown lately, by their digests, for a bounded time and size. */
export class KeptPlans {
  /** The latest last. */
  private readonly plans = new Map<string, KeptPlan & { readonly untilMs: number }>();

  constructor(private readonly monoMs: () => number) {}

  keep(kept: KeptPlan): void {
    this.plans.delete(kept.plan.digest);
    this.plans.set(kept.plan.digest, { ...kept, untilMs: this.monoMs() + KEPT_MS });
    this.expire();
  }

  get(digest: string): KeptPlan | undefined {
    this.expire();
    return this.plans.get(digest);
  }

  /** Let go of what is too old or too much. To be called now and then, so that memory is not held for nobody. */
  expire(): void {
    if (this.plans.size === 0) return;
    let [plans, items] = [0, 0];
    for (const [digest, { plan, untilMs }] of [...this.plans].reverse()) {
      plans++;
      items += plan.items.length + plan.oneSided.length / ONE_SIDED_PER_ITEM;
      const isTooMuch = plans > LATEST_KEPT && (plans > PLANS_MAX || items > ITEMS_MAX);
      if (isTooMuch || untilMs <= this.monoMs()) this.plans.delete(digest);
    }
  }
}
