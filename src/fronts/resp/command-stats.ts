import type { CommandDefinition } from './commands/definition.js';
import { SHORT_COMMANDS } from './request-batch.js';

/** Of one command, since the start or the latest CONFIG RESETSTAT. */
export interface CommandRow {
  calls: number;
  microseconds: number;
  /** Refused before they were performed, for their arguments or for the state of the node. */
  rejected: number;
  failed: number;
}

/** What INFO says in its sections commandstats and errorstats. */
export class CommandStats {
  private readonly rows = new Map<string, CommandRow>();
  private readonly errorCounts = new Map<string, number>();
  /** The two commands that nearly all requests are, counted batch by batch. */
  private gets = newRow();
  private sets = newRow();

  constructor() {
    this.reset();
  }

  reset(): void {
    this.rows.clear();
    this.errorCounts.clear();
    this.gets = newRow();
    this.sets = newRow();
    this.rows.set('get', this.gets);
    this.rows.set('set', this.sets);
  }

  performed({ name }: CommandDefinition, microseconds: number, hasFailed: boolean): void {
    const row = this.row(name);
    row.calls++;
    row.microseconds += microseconds;
    if (hasFailed) row.failed++;
  }

  /** A batch of short requests: its time is shared out by their numbers. */
  performedShort(gets: number, sets: number, microseconds: number): void {
    const each = microseconds / (gets + sets);
    this.gets.calls += gets;
    this.gets.microseconds += gets * each;
    this.sets.calls += sets;
    this.sets.microseconds += sets * each;
  }

  /** The same by the commands of a batch. */
  performedAtOnce(counts: Int32Array, performed: number, microseconds: number): void {
    const each = microseconds / performed;
    for (let kind = 0; kind < counts.length; kind++) {
      const calls = counts[kind]!;
      if (calls === 0) continue;
      const row = this.row(SHORT_COMMANDS[kind]!);
      row.calls += calls;
      row.microseconds += calls * each;
    }
  }

  rejected({ name }: CommandDefinition): void {
    this.row(name).rejected++;
  }

  /** An error reply was made. The code word is what it begins with. */
  answeredError(text: string | Uint8Array): void {
    const start =
      typeof text === 'string' ? text.slice(0, CODE_LENGTH_MAX) : Buffer.from(text.subarray(0, 32)).toString();
    const code = start.split(' ', 1)[0]!;
    if (this.errorCounts.size >= CODES_MAX && !this.errorCounts.has(code)) return;
    this.errorCounts.set(code, (this.errorCounts.get(code) ?? 0) + 1);
  }

  get commands(): [name: string, row: CommandRow][] {
    return [...this.rows].filter(([, { calls, rejected }]) => calls + rejected > 0);
  }

  get errors(): [code: string, count: number][] {
    return [...this.errorCounts];
  }

  private row(name: string): CommandRow {
    let row = this.rows.get(name);
    if (row === undefined) {
      row = newRow();
      this.rows.set(name, row);
    }
    return row;
  }
}

// ---

/** As Redis: whoever finds out how to be answered with ever new words must not fill the memory. */
const CODES_MAX = 128;
const CODE_LENGTH_MAX = 32;

function newRow(): CommandRow {
  return { calls: 0, microseconds: 0, rejected: 0, failed: 0 };
}
