import type { RedisReply } from './reply-parser.js';

/** Which arguments of a command are keys: from the first on, up to the last (negative: counted from the end), each `step`. */
interface KeyRule {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

const ALL: KeyRule = { first: 1, last: -1, step: 1 };
const NONE: KeyRule = { first: 1, last: 0, step: 1 };

/**
 * Which keys a command in the replication stream may have changed, by what the server says of its commands. Where that is not
 * said by position alone each argument counts as a key: one too many is read, and found to be what it was.
 */
export class CommandKeys {
  private readonly rules = new Map<string, KeyRule>();
  private rule = NONE;
  private last = 0;

  /** @param commands the reply to COMMAND */
  constructor(commands: RedisReply) {
    for (const row of Array.isArray(commands) ? commands : []) {
      if (!Array.isArray(row)) continue;
      this.rules.set(String(row[0]).toUpperCase(), ruleOf(row));
    }
  }

  begin(name: string, count: number): void {
    this.rule = this.rules.get(name) ?? ALL;
    this.last = this.rule.last < 0 ? count + this.rule.last : this.rule.last;
  }

  /** Whether an argument of the command that has begun is a key. */
  isKey(index: number): boolean {
    const { first, step } = this.rule;
    return index >= first && index <= this.last && (index - first) % step === 0;
  }
}

// ---------------------------------------------------------------------------------------------------------------------

function ruleOf([name, , flags, first, last, step]: RedisReply[]): KeyRule {
  const has = (flag: string): boolean => Array.isArray(flags) && flags.some((one) => String(one) === flag);
  // Some name a second database, and a key there.
  if (has('movablekeys') || ['copy', 'move'].includes(String(name))) return ALL;
  if (Number(first) > 0) return { first: Number(first), last: Number(last), step: Math.max(1, Number(step)) };
  // The key of XGROUP is its subcommand's.
  return has('write') || String(name) === 'xgroup' ? ALL : NONE;
}
