import { join } from 'node:path';
import { Flags } from '@oclif/core';
import { NodeCommand } from '../../cli/base-command.js';
import { followFile, lastLines } from '../../cli/tail.js';
import { untilInterrupted } from '../../cli/watch.js';
import { logFileOfNode } from '../../operations/cluster/node-log.js';

const LOG_JSON = async () => (await import('../../cli/json/events.js')).logJson;

export default class NodeLog extends NodeCommand {
  static override summary = 'show the log of a node in the background, on its machine';
  static override description =
    'Asks the node where its log is; of one that does not run, name its data directory. To see what happened from another machine, or at a ' +
    'node in the foreground: mneme events. With --follow --json each line is an object with what is new.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --follow',
    '<%= config.bin %> <%= command.id %> --lines 100 --node 127.0.0.1:7380',
    '<%= config.bin %> <%= command.id %> --dir /var/lib/mneme/a',
  ];
  static override flags = {
    follow: Flags.boolean({ char: 'f', summary: 'go on until Ctrl-C, as it is written' }),
    lines: Flags.integer({ default: 50, min: 0, max: 100_000, helpValue: 'COUNT', summary: 'the last so many' }),
    dir: Flags.string({ helpValue: 'PATH', summary: 'data directory of a node that does not run' }),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(NodeLog);
    const path = flags.dir === undefined ? await logFileOfNode(flags.node) : join(flags.dir, 'node.log');
    const tail = await lastLines(path, flags.lines);
    if (!flags.follow) {
      await this.show(async () => (await import('../../cli/views/as-it-is.js')).asItIsView, tail.text);
      return this.answer(LOG_JSON, { path, text: tail.text });
    }
    const toJson = await this.answerer(LOG_JSON);
    const show = (text: string) =>
      this.showPart(toJson === undefined ? text : `${JSON.stringify(toJson({ path, text }))}\n`);
    show(tail.text);
    await followFile(path, tail, untilInterrupted(), show);
    return undefined;
  }
}
