import { Flags } from '@oclif/core';
import { answeringNode } from '../admin/client/patience.js';
import { NodeCommand } from '../cli/base-command.js';
import { durationFlag } from '../cli/flags.js';
import { OperatorError } from '../core/model/errors.js';
import { advice } from '../hints/advice.js';
import { TopWatch } from '../operations/cluster/top.js';

/** Shorter ones would show chance, and keep the nodes busy. */
const LEAST_MS = 250;
/** By then the nodes have a second of samples. */
const ONCE_MS = 1200;

export default class Top extends NodeCommand {
  static override summary = 'watch the members, their lag, what clients do, hot keys and conflicts';
  static override description =
    'Reads and writes are commands of clients at each member, by the second. How hot prefixes are is estimated from samples of the requests, ' +
    'which nodes take only while somebody watches. Keys: q quits, p pauses, up and down select the member whose prefixes are shown, left and ' +
    'right the order. What goes through a Redis beside a node is not seen by the node as commands.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --once',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override flags = {
    once: Flags.boolean({ summary: 'print one picture, of a second or so' }),
    every: durationFlag({ summary: 'time between two looks; default: 1s' }),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(Top);
    const { every = 1000 } = flags;
    if (every < LEAST_MS)
      throw new OperatorError('usage', `--every ${every}ms is too often`, `${LEAST_MS}ms is the least`);
    const isOnce = flags.once === true || this.jsonEnabled();
    if (!isOnce && process.stdout.isTTY !== true) throw noTerminal('draws in a terminal, and standard output is none');
    // Nothing could end it but a signal.
    if (!isOnce && process.stdin.isTTY !== true)
      throw noTerminal('takes keys from a terminal, and standard input is none');
    const watch = new TopWatch(() => performance.now());
    const look = async () => watch.look(await answeringNode(this.addresses));
    const first = await look();
    if (!isOnce) {
      const { runTop } = await import('../cli/top/top-loop.js');
      await runTop(look, every, first);
      return undefined;
    }
    const { lookLater } = await import('../cli/top/top-once.js');
    const seen = await lookLater(look, ONCE_MS);
    await this.show(async () => (await import('../cli/top/top-once.js')).topOnceView, [first, seen]);
    return this.answer(async () => (await import('../cli/json/top.js')).topJson, seen);
  }
}

function noTerminal(why: string): OperatorError {
  return new OperatorError(
    'no-terminal',
    `top ${why}`,
    advice('mneme top --once', 'Or with --json for programs, and mneme cluster status --watch for a log.'),
  );
}
