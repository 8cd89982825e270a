import { Args } from '@oclif/core';
import { NodeCommand } from '../cli/base-command.js';
import { EXIT } from '../core/model/errors.js';
import { checksText, examine } from '../operations/doctor/doctor.js';

export default class Doctor extends NodeCommand {
  static override summary = 'examine the cluster and the machines of its members, and say what to mend';
  static override description =
    `Takes about a second. Name checks to make only those. ${checksText()}. Exit code 3 when something is found.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> clocks disk',
    '<%= config.bin %> <%= command.id %> --node 10.0.0.2:7379 --json',
  ];
  static override strict = false;
  static override args = { check: Args.string({ description: 'make only this check, and others that follow' }) };

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(Doctor);
    const diagnosis = await examine(flags.node, argv as string[]);
    await this.show(async () => (await import('../cli/views/doctor.js')).doctorView, diagnosis);
    this.endWith(diagnosis.findings.length === 0 ? EXIT.done : EXIT.unhealthy);
    return this.answer(async () => (await import('../cli/json/doctor.js')).doctorJson, diagnosis);
  }
}
