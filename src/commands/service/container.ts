import { Args } from '@oclif/core';
import { MnemeCommand } from '../../cli/base-command.js';
import { containerfile } from '../../cli/service-files.js';
import { servicePlanOf } from '../../cli/service-plan.js';

export default class ServiceContainer extends MnemeCommand {
  static override summary = 'print a Containerfile for an image that runs a node';
  static override description =
    'After -- comes what would be typed after mneme cluster: start or join, and its flags. The image is made of the package that npm pack makes, ' +
    'which needs nothing else.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> -- start --name a --listen 0.0.0.0:7379 --discover dns:mneme --expect 3 --secret-file /run/secrets/mneme > Containerfile',
  ];
  static override strict = false;
  static override args = {
    command: Args.string({ description: 'after --: start or join, and its flags; default: start' }),
  };

  async run(): Promise<unknown> {
    const { argv } = await this.parse(ServiceContainer);
    const plan = await servicePlanOf(argv as string[]);
    const { root, version } = this.config;
    const text = containerfile({ ...plan, node: process.execPath, script: `${root}/bin/run.js`, version });
    await this.show(async () => (await import('../../cli/views/as-it-is.js')).asItIsView, text);
    return this.answer(async () => (await import('../../cli/json/events.js')).serviceJson, { name: plan.name, text });
  }
}
