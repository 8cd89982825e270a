import { CommandHelp, Help } from '@oclif/core';

class MnemeCommandHelp extends CommandHelp {
  /** Where a flag excludes one that is named at another place, the framework leaves a bar with nothing behind it. */
  protected override usage(): string {
    return super.usage().replace(/\s+\|\s+(?=\])/g, '');
  }
}

/** The framework's help; what is no command is told as it is without `--help`. */
export default class MnemeHelp extends Help {
  protected override CommandHelpClass = MnemeCommandHelp;

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
