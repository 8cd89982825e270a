import type { Bytes } from '../../core/model/bytes.js';
import type { ArgumentList } from './codec/argument-list.js';
import type { Reply } from './codec/reply.js';
import { CommandStats } from './command-stats.js';
import type { CommandDefinition } from './commands/definition.js';
import { KeyHeat } from './key-heat.js';
import { Monitors } from './monitors.js';
import { Pause } from './pause.js';
import type { Session } from './session.js';
import { loggedArguments, Slowlog } from './slowlog.js';

/** What is said of the commands of all clients while they are performed. */
export class Activity {
  readonly stats = new CommandStats();
  readonly heat = new KeyHeat();
  readonly slowlog = new Slowlog();
  readonly monitors = new Monitors();
  readonly pause = new Pause();

  /** Whether every command has to be looked at by itself, also those that are performed many at a time as a rule. */
  get seesEach(): boolean {
    const { threshold } = this.slowlog;
    return this.monitors.size > 0 || this.pause.isOn || (threshold >= 0 && threshold < SHORT_BATCH_MICROSECONDS);
  }

  /** A command was performed and answered at once. `startedMs`: of the monotonic clock. */
  performed(command: CommandDefinition, args: ArgumentList, session: Session, startedMs: number, reply: Reply): void {
    const microseconds = this.count(command, startedMs, reply);
    if (this.heat.isOn) this.heat.performed(command, args, session.database, startedMs);
    this.monitors.show(command, args, session, wallMs());
    if (this.isSlow(command, microseconds))
      this.slowlog.note(loggedArguments(command.name, args), session, microseconds, wallMs());
  }

  /** A command was begun whose answer comes later, when its arguments are gone. Returns what is to be called then. */
  begun(command: CommandDefinition, args: ArgumentList, session: Session, startedMs: number): (reply: Reply) => void {
    const kept = loggedArguments(command.name, args);
    if (this.heat.isOn) this.heat.performed(command, args, session.database, startedMs);
    this.monitors.show(command, args, session, wallMs());
    return (reply) => {
      const microseconds = this.count(command, startedMs, reply);
      // Of one that waits for others, it is not the node that is slow.
      if (command.waits !== true && this.isSlow(command, microseconds))
        this.slowlog.note(kept, session, microseconds, wallMs());
    };
  }

  private count(command: CommandDefinition, startedMs: number, reply: Reply): number {
    const microseconds = Math.round((performance.now() - startedMs) * 1000);
    const error = errorOf(reply);
    if (error !== null) this.stats.answeredError(error);
    this.stats.performed(command, microseconds, error !== null);
    return microseconds;
  }

  private isSlow({ flags }: CommandDefinition, microseconds: number): boolean {
    return this.slowlog.isSlow(microseconds) && !flags.includes('skip_slowlog');
  }
}

// ---

/** A batch of short requests takes less, so no lower threshold would find any of them. */
const SHORT_BATCH_MICROSECONDS = 5_000;

function errorOf(reply: Reply): string | Bytes | null {
  if (typeof reply !== 'object' || reply === null || !('kind' in reply)) return null;
  return reply.kind === 'error' ? reply.text : null;
}

function wallMs(): number {
  return performance.timeOrigin + performance.now();
}
