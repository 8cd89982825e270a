import { Args } from '@oclif/core';
import type { UserView } from '../../admin/protocol/api.js';
import { NodeCommand } from '../../cli/base-command.js';
import { yesFlag } from '../../cli/flags.js';
import { userRemove } from '../../operations/user/user.js';

export default class UserRemove extends NodeCommand {
  static override summary = 'let a user in no more';
  static override description = 'Its connections end, at every member.';
  static override examples = ['<%= config.bin %> <%= command.id %> shop --user ada'];
  static override args = { name: Args.string({ required: true, ignoreStdin: true, description: 'name of the user' }) };
  static override flags = { yes: yesFlag };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(UserRemove);
    const approve = ({ name, role }: UserView, isLast: boolean) => {
      const then = isLast ? ' It is the last one: everybody may do everything then.' : '';
      return this.confirm(`Remove ${name} (${role}), and end its connections?${then}`, flags.yes);
    };
    const done = await userRemove(flags.node, args.name, approve);
    await this.show(async () => (await import('../../cli/views/done.js')).doneView, done.message);
    return this.answer(async () => (await import('../../cli/json/users.js')).userChangedJson, done);
  }
}
