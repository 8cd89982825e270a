import type { ConflictView, IncidentView } from '../../admin/protocol/api.js';
import type { Look } from '../../operations/dashboard/look.js';
import type { PlanShown } from '../../operations/dashboard/questions.js';
import { ask, Refused } from '../api.js';
import { h, show } from '../dom.js';
import { button, failure, typedGate } from '../parts.js';
import { Picks } from '../picks.js';
import { count, grouped } from '../words.js';
import { conflictView } from './conflict.js';
import { hasParts, planSummary } from './plan.js';
import { StrategyForm } from './strategy.js';

const PAGE_ROWS = 20;
/** What refuses a plan for good: another one has to be looked at. */
const OUTDATED: ReadonlySet<string> = new Set(['refused', 'unknown-plan']);
const WHAT_IT_SHOWS =
  'A dry run changes nothing. It shows what would stand and what would be set aside, key by key and side by side.';

/**
 * Where a split-brain is ended: how, what that would do, the conflicts side by side with picks, and the resolution once the cluster's id was
 * typed. Nothing is changed before.
 */
export class DeskView {
  readonly element = h('div', { class: 'desk' });
  private readonly planned = h('div', { class: 'planned', tabindex: -1 });
  private readonly conflicts = h('div', { class: 'conflicts' });
  private readonly apply = h('div', { class: 'apply' });
  private readonly picks = new Picks();
  private form: StrategyForm | null = null;
  private look: Look | null = null;
  private incident: string | null = null;
  /** A resolution was asked for from here, and is under way or done. */
  private isActing = false;
  private shown: PlanShown | null = null;
  private rows: ConflictView[] = [];
  private offset = 0;

  constructor(private readonly mayResolve: boolean) {
    show(this.element, emptyText(null));
  }

  /** What was begun here stays while the same incident is open, and what came of it stays to be read. */
  update(look: Look): void {
    this.look = look;
    const open = look.past.find(
      ({ state, islands }) => islands.length > 1 && (state === 'open' || state === 'resolving'),
    );
    if (open !== undefined && open.id === this.incident) return;
    if (open?.state === 'open') return this.begin(look, open.id);
    this.incident = null;
    if (!this.isActing) show(this.element, emptyText(look));
  }

  private begin(look: Look, incident: string): void {
    this.incident = incident;
    this.isActing = false;
    this.picks.clear();
    this.outdate();
    this.form = new StrategyForm(look, () => this.outdate());
    const dryRun = button('dry-run', 'Dry run: show what it would do', () => this.plan(), { class: 'primary' });
    show(
      this.element,
      h('div', { class: 'choice' }, h('div', {}, this.form.element, dryRun), this.planned),
      this.conflicts,
      this.apply,
    );
  }

  /** Shows what it would do, and where to go on from there. */
  async plan(): Promise<void> {
    if (this.form === null) return;
    show(this.planned, h('p', { class: 'working' }, 'Making a plan…'));
    try {
      this.shown = await ask('plan', { strategy: this.form.value, picks: this.picks.all });
      this.rows = this.shown.plan.conflicts;
      this.offset = 0;
      this.draw();
      this.planned.focus();
    } catch (error) {
      this.outdate();
      show(this.planned, failure(error));
    }
  }

  /** Another way was chosen: what is shown is of the one before. */
  private outdate(): void {
    this.shown = null;
    for (const place of [this.conflicts, this.apply]) show(place);
    show(this.planned, h('p', { class: 'empty' }, WHAT_IT_SHOWS));
  }

  private draw(): void {
    if (this.shown === null) return;
    show(this.planned, planSummary(this.shown));
    this.drawConflicts();
    this.drawApply();
  }

  private drawConflicts(): void {
    const { shown, rows, offset, look } = this;
    if (shown === null || look === null) return;
    const { plan } = shown;
    const { total } = plan;
    if (total === 0)
      return show(
        this.conflicts,
        h('p', { class: 'empty' }, 'No conflicts: what one island alone changed goes to all.'),
      );
    const last = offset + rows.length;
    const range = `${grouped(offset + 1)} to ${grouped(last)} of ${grouped(total)}`;
    const what = hasParts(plan) ? 'Keys and parts of keys' : 'Keys';
    const canPick = this.mayResolve && !shown.strategy.startsWith('promote:');
    show(
      this.conflicts,
      h(
        'h3',
        { tabindex: -1 },
        `${what}: ${range}`,
        this.picks.size === 0 ? '' : `, ${count(this.picks.size, 'pick')}`,
      ),
      ...rows.map((conflict, i) =>
        conflictView({
          ...{ plan, conflict, at: offset + i, picked: this.picks.islandOf(conflict), nowMs: look.nowMs },
          pick: canPick ? (island) => this.pick(conflict, island) : null,
          values: (islands) => ask('values', { ...this.asked(), at: offset + i, islands }),
        }),
      ),
      h(
        'p',
        { class: 'pages' },
        button('before', 'Previous keys', () => this.turn(offset - PAGE_ROWS), offset === 0 ? { disabled: true } : {}),
        button('after', 'Next keys', () => this.turn(last), last >= total ? { disabled: true } : {}),
      ),
    );
  }

  /** The picks are in the plan that is carried out, so that it is made again with them before. */
  private pick(conflict: ConflictView, island: number | null): void {
    if (island === null) this.picks.drop(conflict);
    else this.picks.take(conflict, island);
    this.drawConflicts();
    this.drawApply();
  }

  private async turn(offset: number): Promise<void> {
    try {
      const { rows } = await ask('rows', { ...this.asked(), offset: Math.max(0, offset) });
      [this.rows, this.offset] = [rows, Math.max(0, offset)];
      this.drawConflicts();
      // At an end the button that was pressed sleeps.
      if (!this.conflicts.contains(document.activeElement)) this.conflicts.querySelector('h3')?.focus();
    } catch (error) {
      show(this.apply, failure(error));
    }
  }

  private asked() {
    const { shown } = this;
    if (shown === null) throw new Error('there is no plan');
    return { strategy: shown.strategy, picks: this.picks.all, plan: shown.plan.digest };
  }

  private drawApply(): void {
    const { shown, look } = this;
    if (shown === null || look === null) return;
    if (!this.mayResolve)
      return show(this.apply, h('p', { class: 'muted' }, 'A resolution takes a user with the role admin.'));
    show(
      this.apply,
      typedGate('resolve', 'Resolve', look.clusterId, (typed) => this.resolve(typed)),
    );
  }

  private async resolve(cluster: string): Promise<null> {
    this.isActing = true;
    try {
      // What was picked since the plan was made is another plan: that one is carried out.
      if (this.picks.size > 0 || (this.shown?.picks?.held ?? 0) > 0) await this.remake();
      const left = this.shown?.plan.counts.manual ?? 0;
      if (left > 0) throw new Error(`${count(left, 'conflict')} left to you: pick what stands of each`);
      const { incident } = await ask('resolve', { ...this.asked(), cluster });
      const outcome = doneView(incident, this.shown?.picks?.held ?? 0);
      show(this.element, outcome);
      outcome.focus();
      return null;
    } catch (error) {
      this.isActing = false;
      if (!(error instanceof Refused && OUTDATED.has(error.code))) throw error;
      this.outdate();
      show(
        this.planned,
        failure(error),
        button('plan-anew', 'Show the plan anew', () => this.plan()),
      );
      this.planned.focus();
      return null;
    }
  }

  private async remake(): Promise<void> {
    if (this.form === null) return;
    const made = await ask('plan', { strategy: this.form.value, picks: this.picks.all });
    if ((made.picks?.changed.count ?? 0) > 0)
      throw new Refused(
        'refused',
        'keys were written again since you picked: nothing was changed',
        'Dry run again, and look at them.',
      );
    this.shown = made;
  }
}

// ---

function doneView(incident: IncidentView | null, picked: number): HTMLElement {
  const how = incident?.strategy ?? 'an operator';
  const aside = count(incident?.setAside ?? 0, 'value');
  const picks = picked === 0 ? '' : ` ${count(picked, 'key')} as picked.`;
  return h(
    'div',
    { tabindex: -1, role: 'status' },
    h('p', { class: 'good', id: 'resolved' }, `● Resolved by ${how}: ${aside} set aside.${picks}`),
    h('p', {}, 'Not what was meant? ', h('a', { href: '#incidents' }, 'The way back is with the incident.')),
  );
}

function emptyText(look: Look | null): HTMLElement {
  const resolving = look?.past.some(({ state }) => state === 'resolving') === true;
  if (resolving) return h('p', { class: 'empty' }, 'A resolution is under way.');
  if (look?.state === 'partition' || look?.state === 'node-down')
    return h(
      'p',
      { class: 'empty' },
      'Nothing can be decided while islands do not hear each other. The desk opens once they meet, if both wrote.',
    );
  return h('p', { class: 'empty' }, 'There is no split-brain: nothing to decide.');
}
