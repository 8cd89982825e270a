import { Args } from '@oclif/core';
import { MnemeCommand } from '../cli/base-command.js';
import { INSTALLED, SCRIPTS, SHELLS, type Shell } from '../cli/completion/scripts.js';

export default class Completion extends MnemeCommand {
  static override enableJsonFlag = false;
  static override summary = 'print what makes a shell complete commands, flags, nodes, keys and incidents';
  static override description =
    `${SHELLS.map((shell) => `For ${shell}: ${INSTALLED[shell]}`).join('. ')}. Names of members, keys and incidents come from the cluster that ` +
    'the line, the environment or the context in use names; where no node answers within a moment, there are none, and nothing is said.';
  static override examples = SHELLS.map((shell) => `<%= config.bin %> <%= command.id %> ${shell}`);
  static override args = {
    shell: Args.string({ required: true, ignoreStdin: true, options: [...SHELLS], description: 'the shell' }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(Completion);
    this.showPart(SCRIPTS[args.shell as Shell]);
  }
}
