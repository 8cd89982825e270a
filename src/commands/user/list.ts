import { NodeCommand } from '../../cli/base-command.js';
import { userList } from '../../operations/user/user.js';

export default class UserList extends NodeCommand {
  static override summary = 'list the users of the cluster';
  static override examples = ['<%= config.bin %> <%= command.id %> --user ada'];

  async run(): Promise<unknown> {
    const { flags } = await this.parse(UserList);
    const users = await userList(flags.node);
    await this.show(async () => (await import('../../cli/views/user-list.js')).userListView, users);
    return this.answer(async () => (await import('../../cli/json/users.js')).userListJson, users);
  }
}
