import type { CommandDefinition } from './commands/definition.js';

export type PauseMode = 'all' | 'write';

/** CLIENT PAUSE: for a time commands, or those that write, are not performed; then they are, in the order of each client. */
export class Pause {
  private untilMs = 0;
  private mode: PauseMode = 'write';
  private waiting: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;

  /** Whether any command has to wait. */
  get isOn(): boolean {
    return this.untilMs > 0;
  }

  /** As in Redis, a pause that lasts longer, or holds more, is not weakened by a later one. */
  start(mode: PauseMode, untilMs: number, nowMs: number): void {
    if (!this.isOn || mode === 'all') this.mode = mode;
    this.untilMs = Math.max(this.untilMs, untilMs);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.end(), Math.min(this.untilMs - nowMs, TIMER_MS_MAX)).unref();
  }

  end(): void {
    clearTimeout(this.timer);
    this.untilMs = 0;
    const { waiting } = this;
    this.waiting = [];
    for (const go of waiting) go();
  }

  holds(command: CommandDefinition, writesInTransaction: boolean): boolean {
    if (!this.isOn) return false;
    return this.mode === 'all' || mayWrite(command) || (command.name === 'exec' && writesInTransaction);
  }

  over(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}

/** Of a script it is not known before. */
export function mayWrite({ name, flags }: CommandDefinition): boolean {
  return flags.includes('write') || name === 'eval' || name === 'evalsha';
}

// ---

/** Node's timers wrap beyond this; no pause needs to be longer. */
const TIMER_MS_MAX = 2 ** 31 - 1;
