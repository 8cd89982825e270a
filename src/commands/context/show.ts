import { Args } from '@oclif/core';
import { MnemeCommand } from '../../cli/base-command.js';
import { PRECEDENCE } from '../../cli/contexts/context.js';
import { readContexts } from '../../cli/contexts/context-file.js';
import { contextNamed } from '../../cli/contexts/context-in-use.js';
import { OperatorError } from '../../core/model/errors.js';

export default class ContextShow extends MnemeCommand {
  static override summary = 'show what a context says';
  static override description = PRECEDENCE;
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> prod --json'];
  static override args = {
    name: Args.string({ ignoreStdin: true, description: 'name of the context; default: that in use' }),
  };

  async run(): Promise<unknown> {
    const { args } = await this.parse(ContextShow);
    const contexts = readContexts();
    const name = args.name ?? (process.env.MNEME_CONTEXT || contexts.current);
    if (name === null) throw new OperatorError('unknown-context', 'no context is in use', 'mneme context list');
    const context = { ...contextNamed(contexts, name), name, current: contexts.current === name };
    await this.show(async () => (await import('../../cli/views/context.js')).contextView, context);
    return this.answer(async () => (await import('../../cli/json/context.js')).contextJson, context);
  }
}
