import { NodeCommand } from '../../cli/base-command.js';
import { yesFlag } from '../../cli/flags.js';
import { settleLoss } from '../../operations/engine/engine.js';

export default class EngineRestore extends NodeCommand {
  static override summary = "write what a Redis lost back to it, from its node's copy";
  static override description =
    'For a Redis that came back with less than it had. What it has otherwise, or the node lacks, is set aside: also what the application has written since.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --yes --node 10.0.0.2:7379',
  ];
  static override flags = { yes: yesFlag };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(EngineRestore);
    const reply = await settleLoss(flags.node, 'restore', async (held) => {
      await this.tell(async () => (await import('../../cli/views/engine.js')).restorePlanView, held);
      await this.confirm('Write them back to Redis?', flags.yes);
    });
    await this.show(
      async () => (await import('../../cli/views/done.js')).doneView,
      `${reply.keys} ${reply.keys === 1 ? 'key is' : 'keys are'} written back to Redis`,
    );
    return this.answer(async () => (await import('../../cli/json/engine.js')).engineReplyJson, reply);
  }
}
