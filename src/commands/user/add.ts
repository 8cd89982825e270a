import { Args, Flags } from '@oclif/core';
import { NodeCommand } from '../../cli/base-command.js';
import { newPassword, newPasswordFlag } from '../../cli/new-password.js';
import { ROLES } from '../../core/model/role.js';
import { userAdd } from '../../operations/user/user.js';

export default class UserAdd extends NodeCommand {
  static override summary = 'let clients and operators in by a name and a password';
  static override description =
    'Users belong to the cluster and reach every member. A user with the role read reads; write writes as well; admin administrates. The ' +
    'first one is an admin, and from then on clients without a user are refused, unless mneme cluster settings anonymous-clients says allow.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> ada --role admin',
    "<%= config.bin %> <%= command.id %> shop --role write --prefix 'shop:' --user ada",
    'head -c 24 /dev/urandom | base64 | tee shop.password | <%= config.bin %> <%= command.id %> shop --role write --new-password-file -',
  ];
  static override args = { name: Args.string({ required: true, ignoreStdin: true, description: 'name of the user' }) };
  static override flags = {
    role: Flags.option({ required: true, options: ROLES, summary: 'what it may do' })(),
    prefix: Flags.string({ helpValue: 'TEXT', summary: 'it may touch only keys that begin with this' }),
    'new-password-file': newPasswordFlag,
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(UserAdd);
    const prefix = flags.prefix === undefined ? undefined : Buffer.from(flags.prefix);
    const ask = () => newPassword(flags['new-password-file'], args.name, this.person);
    const done = await userAdd(flags.node, args.name, flags.role, prefix, ask);
    await this.show(async () => (await import('../../cli/views/done.js')).doneView, done.message);
    return this.answer(async () => (await import('../../cli/json/users.js')).userChangedJson, done);
  }
}
