import { Args } from '@oclif/core';
import { MnemeCommand } from '../../cli/base-command.js';
import { systemdUnit } from '../../cli/service-files.js';
import { servicePlanOf } from '../../cli/service-plan.js';

export default class ServiceSystemd extends MnemeCommand {
  static override summary = 'print a unit of systemd that runs a node, in a sandbox';
  static override description =
    'After -- comes what would be typed after mneme cluster: start or join, and its flags. The node runs as a user of the moment, sees its own ' +
    'directory alone, counts as started once it serves, and is started again when it fails.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> -- start --name a --listen 10.0.0.1:7379 --secret-file /etc/mneme/secret > /etc/systemd/system/mneme-a.service',
    '<%= config.bin %> <%= command.id %> -- join 10.0.0.1:7379 --name b --listen 10.0.0.2:7379 --secret-file /etc/mneme/secret',
  ];
  static override strict = false;
  static override args = {
    command: Args.string({ description: 'after --: start or join, and its flags; default: start' }),
  };

  async run(): Promise<unknown> {
    const { argv } = await this.parse(ServiceSystemd);
    const plan = await servicePlanOf(argv as string[]);
    const { root, version } = this.config;
    const text = systemdUnit({ ...plan, node: process.execPath, script: `${root}/bin/run.js`, version });
    await this.show(async () => (await import('../../cli/views/as-it-is.js')).asItIsView, text);
    return this.answer(async () => (await import('../../cli/json/events.js')).serviceJson, { name: plan.name, text });
  }
}
