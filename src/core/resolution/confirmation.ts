import type { Steps } from '../model/steps.js';
import type { Plan } from './plan.js';
import { type PlanChanges, planChangesSteps } from './plan-changes.js';
import { type ShownPlan, shownSteps } from './shown-plan.js';

/**
 * What an operator was shown and said yes to. The plan that a resolution makes is compared with it before anything is changed.
 * If an island comes or goes meanwhile, that plan is made again: the last comparison counts.
 */
export class Confirmation {
  /** null: no plan was compared yet. */
  changes: PlanChanges | null = null;
  /** The plan to ask about again, because something comes out differently from what was shown; null: go on. */
  askAbout: ShownPlan | null = null;

  /**
   * @param asks whether somebody can be asked again; if not, the result says what came out differently.
   * @param isExact whether all picks are carried out, or nothing is.
   */
  constructor(
    private readonly shown: ShownPlan,
    private readonly asks: boolean,
    private readonly isExact = false,
  ) {}

  *compare(steps: Steps<Plan>): Steps<Plan> {
    this.changes = null;
    const plan = yield* steps;
    const changes = yield* planChangesSteps(this.shown, plan);
    const isOther = this.asks && changes.otherwise + changes.undecided > 0;
    if (isOther || (this.isExact && changes.missed > 0)) this.askAbout = yield* shownSteps(plan);
    this.changes = changes;
    return plan;
  }
}
