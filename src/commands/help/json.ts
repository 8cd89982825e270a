import { Args } from '@oclif/core';
import { MnemeCommand } from '../../cli/base-command.js';
import { schemasOf } from '../../cli/shapes/all.js';

export default class HelpJson extends MnemeCommand {
  static override enableJsonFlag = false;
  static override summary = 'print the JSON Schemas of what commands print with --json';
  static override description =
    'JSON Schema, draft 2020-12: of all commands by their names, or of one. Each stands by itself. "error" is what any of them prints ' +
    'where it fails.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> cluster status',
    '<%= config.bin %> <%= command.id %> error',
  ];
  static override strict = false;
  static override args = {
    command: Args.string({ description: 'command whose schema is wanted: its words, as they are typed' }),
  };

  async run(): Promise<void> {
    const { argv } = await this.parse(HelpJson);
    this.showJson(schemasOf(argv as string[]));
  }
}
