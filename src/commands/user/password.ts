import { Args } from '@oclif/core';
import { NodeCommand } from '../../cli/base-command.js';
import { newPassword, newPasswordFlag } from '../../cli/new-password.js';
import { userPassword } from '../../operations/user/user.js';

export default class UserPassword extends NodeCommand {
  static override summary = 'give a user another password';
  static override description = 'Its connections by the old one end, at every member.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> shop --user ada',
    '<%= config.bin %> <%= command.id %> ada --user operator --password-file /var/lib/mneme/operator-key',
  ];
  static override args = { name: Args.string({ required: true, ignoreStdin: true, description: 'name of the user' }) };
  static override flags = { 'new-password-file': newPasswordFlag };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(UserPassword);
    const ask = () => newPassword(flags['new-password-file'], args.name, this.person);
    const done = await userPassword(flags.node, args.name, ask);
    await this.show(async () => (await import('../../cli/views/done.js')).doneView, done.message);
    return this.answer(async () => (await import('../../cli/json/users.js')).userChangedJson, done);
  }
}
