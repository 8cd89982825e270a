import { Flags } from '@oclif/core';
import { aboutThisProgram } from '../cli/about-program.js';
import { NodeCommand } from '../cli/base-command.js';
import { writeOutput } from '../cli/output-file.js';
import { supportBundle } from '../operations/support/bundle.js';

export default class SupportBundle extends NodeCommand {
  static override summary = 'write a file with all that a maintainer would ask for, without values or secrets';
  static override description =
    'Of each member that answers: versions, options of its start, status, machine and limits, figures, incidents, what doctor finds, events and ' +
    'the last remarks of its log. No values; no keys either, unless --keys is given. Look into it before you send it: tar -xzf FILE.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --out monday.tar.gz --node 10.0.0.1:7379',
  ];
  static override flags = {
    out: Flags.string({ helpValue: 'FILE', summary: 'file to write; default: mneme-support-TIME.tar.gz' }),
    keys: Flags.boolean({ summary: 'keys may be in it, where something went wrong with them' }),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(SupportBundle);
    const nowMs = Date.now();
    const stamp = new Date(nowMs).toISOString().slice(0, 19).replace(/\D/g, '');
    const file = flags.out ?? `mneme-support-${stamp}.tar.gz`;
    const about = aboutThisProgram(this.config.version);
    const options = { keys: flags.keys, nowMs, about };
    const bundle = await writeOutput(file, (sink) => supportBundle(flags.node, sink, options));
    await this.show(async () => (await import('../cli/views/support-bundle.js')).supportBundleView, {
      file,
      ...bundle,
    });
    return this.answer(async () => (await import('../cli/json/events.js')).bundleJson, { file, ...bundle });
  }
}
