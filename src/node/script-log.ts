import { ActLimit } from './events/act-limit.js';
import type { NodeStartOptions } from './options.js';

/** What scripts of clients say for the log: a hundred lines at once and one a second in the long run, since a script may say much. */
export class ScriptLog {
  private readonly limit = new ActLimit(() => performance.now());

  constructor(private readonly log: NodeStartOptions['log']) {}

  tell(level: 'info' | 'warn', text: string): void {
    const { hasRoom, leftOut } = this.limit.take();
    if (!hasRoom) return;
    if (leftOut > 0) this.log('warn', `${leftOut} more lines of scripts were left out: they were too many at a time`);
    this.log(level, text);
  }
}
