import type { EngineTimers } from '../../../src/engines/embedded/timers.js';
import { turn } from '../../links/recorder.js';

const STEP_MS = 10;

/** A time that a test moves. */
export class ManualTimers implements EngineTimers {
  private nowMs = 0;
  private waiting: { readonly dueMs: number; readonly run: () => void }[] = [];

  monoMs(): number {
    return this.nowMs;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { dueMs: this.nowMs + ms, run };
    this.waiting.push(timer);
    return () => {
      this.waiting = this.waiting.filter((one) => one !== timer);
    };
  }

  /** Time goes by while the process runs. */
  async pass(ms: number): Promise<void> {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs; ) await this.jump(STEP_MS);
  }

  /** Time has gone by while it stood still: what is due by then runs at once, before anything else is told. */
  async jump(ms: number): Promise<void> {
    this.nowMs += ms;
    const due = this.waiting.filter(({ dueMs }) => dueMs <= this.nowMs);
    this.waiting = this.waiting.filter((one) => !due.includes(one));
    for (const { run } of due) run();
    await turn();
  }
}
