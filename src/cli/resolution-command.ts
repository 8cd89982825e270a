import { EXIT } from '../core/model/errors.js';
import { expectNothingLeft } from '../operations/split-brain/picks.js';
import { splitBrainResolve } from '../operations/split-brain/resolve.js';
import { NodeCommand } from './base-command.js';
import { type NamedStrategy, resolutionCommand } from './policy-module.js';
import { expectNoFilter, type RowFlags, rowsWanted } from './row-flags.js';

export interface ResolutionFlags extends RowFlags {
  node: string;
  yes: boolean;
  'dry-run': boolean;
}

/** What the commands that end a split-brain share: plan, show, ask, carry out. */
export abstract class ResolutionCommand extends NodeCommand {
  protected async resolve(named: NamedStrategy, flags: ResolutionFlags): Promise<unknown> {
    if (flags.yes && !flags['dry-run']) expectNoFilter(flags);
    const rows = rowsWanted(flags);
    const loadChanges = async () => (await import('./views/plan-changes.js')).plannedChangesView;
    const loadPicks = async () => (await import('./views/picks.js')).picksView;
    const load = async () => (await import('./views/split-brain-plan.js')).splitBrainPlanView;
    const resolution = await splitBrainResolve(flags.node, named.strategy, rows, {
      plan: async (plan, picks) => {
        const command = resolutionCommand(named.flags, (plan.counts.manual ?? 0) > 0);
        const next = flags['dry-run'] ? command : null;
        const { isOnHeal } = named;
        const shown = { plan, rows, wide: flags.wide, nowMs: Date.now(), next, isOnHeal, saved: null };
        if (flags['dry-run']) {
          await this.showPaged(load, shown);
          if (picks !== null) await this.show(loadPicks, picks);
          return false;
        }
        // Whoever has said yes beforehand has seen the plan, or wants none: the result tells what was done.
        if (!this.jsonEnabled() && !flags.yes) {
          await this.tellPaged(load, shown);
          if (picks !== null) await this.tell(loadPicks, picks);
        }
        expectNothingLeft(plan, command);
        const { countsText } = await import('./views/plan-summary.js');
        await this.confirm(`Carry this out (${plan.strategy}): ${countsText(plan)}?`, flags.yes);
        return true;
      },
      asksAgain: !flags.yes,
      changes: async (changes) => {
        await this.tell(loadChanges, { changes, nowMs: Date.now() });
        await this.confirm('Carry it out as it is now?', flags.yes);
      },
    });
    const { incident, changes, picks } = resolution;
    if (incident !== null) {
      await this.show(async () => (await import('./views/split-brain-resolution.js')).resolutionView, {
        incident,
        changes,
        picks,
        absent: resolution.plan.absent,
        nowMs: Date.now(),
      });
      if (incident.state !== 'resolved') this.endWith(EXIT.unhealthy);
    }
    return this.answer(async () => (await import('./json/split-brain.js')).resolutionJson, resolution);
  }
}
