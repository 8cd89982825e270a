import { MnemeCommand } from '../../cli/base-command.js';
import { PRECEDENCE } from '../../cli/contexts/context.js';
import { contextFile, readContexts } from '../../cli/contexts/context-file.js';
import { listFlags } from '../../cli/lists/list-flags.js';

export default class ContextList extends MnemeCommand {
  static override summary = 'list the contexts, and say which is in use';
  static override description = PRECEDENCE;
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> -o name'];
  static override flags = listFlags();

  async run(): Promise<unknown> {
    const { flags } = await this.parse(ContextList);
    return this.list(flags, {
      listing: async () => (await import('../../cli/views/context.js')).contextListing,
      json: async () => (await import('../../cli/json/context.js')).contextListJson,
      ask: async () => {
        const { current, contexts } = readContexts();
        const named = Object.entries(contexts).map(([name, one]) => ({ ...one, name, current: name === current }));
        return { file: contextFile(), current, contexts: named.sort((a, b) => (a.name < b.name ? -1 : 1)) };
      },
    });
  }
}
