import type { Told } from '../node/events/event.js';
import type { LogLevel } from '../operations/cluster/node-options.js';
import type { LogBound } from './log-bound.js';
import { type Page, WIDTH_WITHOUT_TERMINAL } from './page.js';
import { Progress } from './progress.js';

export type LogFormat = 'text' | 'json';

/** Turns a line of the log into text. */
type LineView = (line: { nowMs: number; level: LogLevel; message: string }, page: Page) => string;

/**
 * The log of a node in the foreground, on stderr. Progress is drawn there too in a terminal, and makes room for each line; elsewhere
 * it is lines of the log itself.
 */
export class NodeLog {
  private readonly drawn: Progress | null;
  private toldMs = 0;

  constructor(
    private readonly node: string,
    private readonly format: LogFormat,
    private readonly view: LineView,
    private readonly stream: NodeJS.WriteStream = process.stderr,
    private readonly nowMs: () => number = Date.now,
    private readonly page: Page = { width: WIDTH_WITHOUT_TERMINAL, color: false },
    /** Of a process in the background; null: whoever has the log sees to its length. */
    private readonly bound: LogBound | null = null,
  ) {
    this.drawn = stream.isTTY && format === 'text' ? new Progress(stream, nowMs) : null;
  }

  readonly write = (level: LogLevel, message: string, told?: Told): void => {
    const line = `${this.lineOf(level, message, told)}\n`;
    this.drawn?.end();
    this.stream.write(line);
    const before = this.bound?.wrote(Buffer.byteLength(line)) ?? null;
    if (before !== null) this.stream.write(`${this.lineOf('info', before)}\n`);
  };

  private lineOf(level: LogLevel, message: string, told?: Told): string {
    const nowMs = this.nowMs();
    if (this.format === 'text') return this.view({ nowMs, level, message }, this.page);
    const time = new Date(nowMs).toISOString();
    return JSON.stringify({ time, level, node: this.node, message, ...fieldsOf(told) });
  }

  progress(text: string): void {
    if (this.drawn !== null) return this.drawn.show(text);
    const nowMs = this.nowMs();
    if (this.toldMs === 0) this.toldMs = nowMs;
    if (nowMs - this.toldMs < TOLD_EVERY_MS) return;
    this.toldMs = nowMs;
    this.write('info', text);
  }

  endProgress(): void {
    this.drawn?.end();
  }
}

const TOLD_EVERY_MS = 5000;

/** Of an event, for programs: what `mneme events --json` calls by the same names. */
function fieldsOf(told: Told | undefined): object {
  if (told === undefined) return {};
  const { kind, subject = null, over = false, by = null } = told;
  return { kind, subject, over, by };
}
