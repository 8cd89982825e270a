import { NodeCommand } from '../../cli/base-command.js';
import { listFlags } from '../../cli/lists/list-flags.js';
import { userList } from '../../operations/user/user.js';

export default class UserList extends NodeCommand {
  static override summary = 'list the users of the cluster';
  static override examples = ['<%= config.bin %> <%= command.id %> --user ada'];
  static override flags = listFlags();

  async run(): Promise<unknown> {
    const { flags } = await this.parse(UserList);
    return this.list(flags, {
      listing: async () => (await import('../../cli/views/user-list.js')).userListing,
      json: async () => (await import('../../cli/json/users.js')).userListJson,
      ask: () => userList(flags.node),
    });
  }
}
