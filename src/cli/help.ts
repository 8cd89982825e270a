import { Help } from '@oclif/core';

/** The framework's help; what is no command is told as it is without `--help`. */
export default class MnemeHelp extends Help {
  override async showHelp(argv: string[]): Promise<void> {
    try {
      await super.showHelp(argv);
    } catch (error) {
      const [, id] = /^Command (\S+) not found\.$/.exec(error instanceof Error ? error.message : '') ?? [];
      if (id === undefined) throw error;
      await this.config.runHook('command_not_found', { id, argv: [] });
    }
  }
}
