import { Args } from '@oclif/core';
import { MnemeCommand } from '../../cli/base-command.js';
import { readContexts, writeContexts } from '../../cli/contexts/context-file.js';
import { contextNamed } from '../../cli/contexts/context-in-use.js';

export default class ContextRemove extends MnemeCommand {
  static override summary = 'forget a context; the files that it names stay';
  static override examples = ['<%= config.bin %> <%= command.id %> prod'];
  static override args = {
    name: Args.string({ required: true, ignoreStdin: true, description: 'name of the context' }),
  };

  async run(): Promise<unknown> {
    const { args } = await this.parse(ContextRemove);
    const { current, contexts } = readContexts();
    const context = { ...contextNamed({ current, contexts }, args.name), name: args.name, current: false };
    const { [args.name]: _gone, ...others } = contexts;
    const then = current === args.name ? null : current;
    writeContexts({ current: then, contexts: others });
    const done = {
      context,
      message: `${args.name} is no context any more${then === current ? '' : ', and none is in use'}`,
    };
    await this.show(async () => (await import('../../cli/views/done.js')).doneView, done.message);
    return this.answer(async () => (await import('../../cli/json/context.js')).contextChangedJson, done);
  }
}
