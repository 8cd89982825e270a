import { basename, resolve } from 'node:path';
import { OperatorError } from '../core/model/errors.js';
import { quoteWord } from '../hints/advice.js';
import { Desk } from '../operations/split-brain/desk.js';
import { type ClusterPolicy, clusterPolicy } from '../operations/split-brain/on-heal-policy.js';
import { policyText } from '../operations/split-brain/strategy.js';
import { DeskSession } from './desk.js';
import { heightOf } from './page.js';
import { deskCommand, keepPlan, mayWriteOver, savedStrategy } from './plan-file.js';
import { strategyOf } from './policy-module.js';
import { ResolutionCommand, type ResolutionFlags } from './resolution-command.js';
import { declined, SaidNo } from './terminal.js';
import { chooseWay, type Island } from './walkthrough.js';

export interface DeskFlags extends ResolutionFlags {
  policy?: string | undefined;
  plan?: string | undefined;
}

/** A person who is walked through ending a split-brain: the choices, the desk, and back to them after a no. */
export abstract class DeskCommand extends ResolutionCommand {
  protected async walkThrough(islands: readonly Island[], flags: DeskFlags): Promise<unknown> {
    if (flags.plan !== undefined || flags.policy !== undefined) return this.atDesk(await this.openDesk(flags), flags);
    for (;;) {
      const cluster = await clusterPolicy(flags.node);
      const { isOnHeal, strategy } = cluster;
      const way = await chooseWay(this.terminal, islands, isOnHeal ? policyText(strategy) : null);
      if (way === 'desk') return this.atDesk(await this.openDesk(flags, cluster), flags);
      try {
        if (way === 'on-heal')
          return await this.resolve({ strategy, isOnHeal, flags: { policy: policyText(strategy) } }, flags);
        return await this.resolve({ strategy: way, isOnHeal: false, flags: {} }, flags);
      } catch (error) {
        if (!(error instanceof SaidNo)) throw error;
        this.note('Nothing was changed.');
      }
    }
  }

  private async openDesk(flags: DeskFlags, cluster: ClusterPolicy | null = null): Promise<Desk> {
    if (flags.plan !== undefined) {
      const saved = await savedStrategy(flags.plan, { ...flags, 'except-changed': true });
      return Desk.open(flags.node, saved.otherwise, saved);
    }
    const strategy = cluster?.strategy ?? (await strategyOf(flags));
    if (strategy.kind === 'promote' || strategy.policy === 'picks') throw declined();
    return Desk.open(flags.node, strategy);
  }

  private async atDesk(desk: Desk, flags: DeskFlags): Promise<unknown> {
    const { stderr } = process;
    const session = new DeskSession(this.terminal, desk, () => ({
      ...this.errorPage,
      height: Math.max(16, heightOf(stderr) - 1),
    }));
    for (;;) {
      const leaving = await session.run();
      if (leaving === 'leave') throw declined();
      try {
        if (leaving === 'apply')
          return await this.resolve({ strategy: desk.strategy(), isOnHeal: false, flags: {} }, flags);
        if (await this.save(desk, flags.plan)) return undefined;
      } catch (error) {
        if (!(error instanceof SaidNo) && (!(error instanceof OperatorError) || error.code === 'declined')) throw error;
        session.tell(error instanceof SaidNo ? 'Nothing was changed.' : error.message);
        await desk.refresh();
      }
    }
  }

  private async save(desk: Desk, opened: string | undefined): Promise<boolean> {
    const proposed = desk.saved ?? `${desk.plan.incident ?? 'split-brain'}.plan`;
    const file = await this.terminal.input('Save as:', proposed);
    // What it came from is gone on with.
    await mayWriteOver(file, opened !== undefined && resolve(file) === resolve(opened), this.person);
    const pickOf = desk.pickOf();
    const saved = await desk.use((client) => keepPlan(file, client, desk.plan, desk.policy, pickOf));
    await this.show(async () => (await import('./views/saved-plan.js')).savedPlanView, {
      file: basename(file),
      ...saved,
      next: `mneme split-brain merge --plan ${quoteWord(file)}`,
      resume: deskCommand(file),
    });
    return true;
  }
}
