import { NodeCommand } from '../../cli/base-command.js';
import { yesFlag } from '../../cli/flags.js';
import { settleLoss } from '../../operations/engine/engine.js';

export default class EngineConfirmLoss extends NodeCommand {
  static override summary = 'take what a Redis lost as wanted: missing keys are deleted on all members';
  static override description =
    'For a Redis that was emptied on purpose while its node was away. What it has otherwise is taken as written by the application.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --yes --node 10.0.0.2:7379',
  ];
  static override flags = { yes: yesFlag };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(EngineConfirmLoss);
    const reply = await settleLoss(flags.node, 'confirm-loss', async (held) => {
      await this.tell(async () => (await import('../../cli/views/engine.js')).confirmLossPlanView, held);
      await this.confirm('Delete them on all members?', flags.yes);
    });
    await this.show(
      async () => (await import('../../cli/views/done.js')).doneView,
      `${reply.keys} ${reply.keys === 1 ? 'key is' : 'keys are'} taken as Redis has ${reply.keys === 1 ? 'it' : 'them'}`,
    );
    return this.answer(async () => (await import('../../cli/json/engine.js')).engineReplyJson, reply);
  }
}
