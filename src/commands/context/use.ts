import { Args, Flags } from '@oclif/core';
import { MnemeCommand } from '../../cli/base-command.js';
import { PRECEDENCE } from '../../cli/contexts/context.js';
import { readContexts, writeContexts } from '../../cli/contexts/context-file.js';
import { contextNamed } from '../../cli/contexts/context-in-use.js';
import { OperatorError } from '../../core/model/errors.js';

export default class ContextUse extends MnemeCommand {
  static override summary = 'say which context is used where none is named';
  static override description = PRECEDENCE;
  static override examples = ['<%= config.bin %> <%= command.id %> prod', '<%= config.bin %> <%= command.id %> --none'];
  static override args = { name: Args.string({ ignoreStdin: true, description: 'name of the context' }) };
  static override flags = { none: Flags.boolean({ summary: 'none from now on' }) };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ContextUse);
    const { name } = args;
    if ((name === undefined) !== (flags.none === true))
      throw new OperatorError('usage', 'name the context to use, or --none', 'mneme context list');
    const contexts = readContexts();
    const node = name === undefined ? null : contextNamed(contexts, name).node;
    writeContexts({ ...contexts, current: name ?? null });
    const message = name === undefined ? 'no context is in use' : `${name} is in use: ${node}`;
    await this.show(async () => (await import('../../cli/views/done.js')).doneView, message);
    const used = { current: name ?? null, message };
    return this.answer(async () => (await import('../../cli/json/context.js')).contextUsedJson, used);
  }
}
