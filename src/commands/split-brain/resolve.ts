import { basename } from 'node:path';
import { Flags } from '@oclif/core';
import { DeskSession } from '../../cli/desk.js';
import { policyFlag } from '../../cli/flags.js';
import { keepPlan, savedStrategy } from '../../cli/plan-file.js';
import { strategyOf } from '../../cli/policy-module.js';
import { ResolutionCommand, type ResolutionFlags } from '../../cli/resolution-command.js';
import { rowFlags } from '../../cli/row-flags.js';
import { declined, SaidNo } from '../../cli/terminal.js';
import { chooseWay, requirePerson } from '../../cli/walkthrough.js';
import { quoteWord } from '../../core/advice.js';
import { EXIT, OperatorError } from '../../core/errors.js';
import { Desk } from '../../operations/desk.js';
import type { Resolution } from '../../operations/split-brain-resolve.js';
import { splitBrainStatus } from '../../operations/split-brain-status.js';
import { LWW } from '../../operations/strategy.js';

export default class SplitBrainResolve extends ResolutionCommand {
  static override summary = 'be walked through ending a split-brain';
  static override description =
    'Tells what happened, lets you choose, shows the plan, and asks before anything changes. At the desk you go through the ' +
    'conflicts one by one and pick what stands; picks can be saved as a plan, and gone on with by --plan. Needs a terminal; scripts use ' +
    'split-brain merge or split-brain promote. --only, --prefix and --island shape the plan that is shown: all keys are resolved.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --policy prefer:b',
    '<%= config.bin %> <%= command.id %> --plan friday.plan',
  ];
  static override flags = {
    policy: { ...policyFlag, summary: 'what decides at the desk where nothing is picked; default: lww' },
    plan: Flags.string({ helpValue: 'FILE', summary: 'go on at the desk with a plan that was saved' }),
    ...rowFlags(20),
  };

  async run(): Promise<Resolution | undefined> {
    const { flags } = await this.parse(SplitBrainResolve);
    requirePerson(this.terminal, this.jsonEnabled());
    const status = await splitBrainStatus(flags.node);
    await this.show(async () => (await import('../../cli/views/split-brain-status.js')).splitBrainStatusView, status);
    if (status.state !== 'split-brain') {
      this.endWith(EXIT.refused);
      return undefined;
    }
    const shown = { ...flags, yes: false, 'dry-run': false };
    if (flags.plan !== undefined || flags.policy !== undefined) return this.atDesk(await this.openDesk(flags), shown);
    for (;;) {
      const way = await chooseWay(this.terminal, status.islands);
      if (way === 'desk') return this.atDesk(await this.openDesk(flags), shown);
      try {
        return await this.resolve(way, shown, 'mneme split-brain resolve');
      } catch (error) {
        if (!(error instanceof SaidNo)) throw error;
        this.note('Nothing was changed.');
      }
    }
  }

  private async openDesk(flags: {
    node: string;
    policy?: string | undefined;
    plan?: string | undefined;
  }): Promise<Desk> {
    if (flags.plan !== undefined) {
      const saved = await savedStrategy(flags.plan, { ...flags, 'except-changed': true });
      return Desk.open(flags.node, saved.otherwise, saved);
    }
    const strategy = flags.policy === undefined ? LWW : await strategyOf({ policy: flags.policy });
    if (strategy.kind === 'promote' || strategy.policy === 'picks') throw declined();
    return Desk.open(flags.node, strategy);
  }

  private async atDesk(desk: Desk, flags: ResolutionFlags): Promise<Resolution | undefined> {
    const { stderr } = process;
    const session = new DeskSession(this.terminal, desk, () => ({
      ...this.errorPage,
      height: Math.max(16, (stderr.rows ?? 24) - 1),
    }));
    for (;;) {
      const leaving = await session.run();
      if (leaving === 'leave') throw declined();
      try {
        if (leaving === 'apply') return await this.resolve(desk.strategy(), flags, 'mneme split-brain resolve');
        if (await this.save(desk)) return undefined;
      } catch (error) {
        if (!(error instanceof SaidNo) && (!(error instanceof OperatorError) || error.code === 'declined')) throw error;
        session.tell(error instanceof SaidNo ? 'Nothing was changed.' : error.message);
        await desk.refresh();
      }
    }
  }

  private async save(desk: Desk): Promise<boolean> {
    const proposed = desk.saved ?? `${desk.plan.incident ?? 'split-brain'}.plan`;
    const file = await this.terminal.input('Save as:', proposed);
    const pickOf = desk.pickOf();
    const keys = await desk.use((client) => keepPlan(file, client, desk.plan, desk.policy, pickOf));
    await this.show(async () => (await import('../../cli/views/saved-plan.js')).savedPlanView, {
      file: basename(file),
      keys,
      next: `mneme split-brain merge --plan ${quoteWord(file)}`,
      resume: `mneme split-brain resolve --plan ${quoteWord(file)}`,
    });
    return true;
  }
}
