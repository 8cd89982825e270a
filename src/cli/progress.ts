import { pageOf } from './page.js';

const REDRAW_MS = 100;
const SPARSE_MS = 5000;

/** Progress on stderr: one line that is drawn over in a terminal, a line now and then elsewhere. */
export class Progress {
  /** What is over at once needs no progress. */
  private shownMs: number;
  private isDrawn = false;

  constructor(
    private readonly stream: NodeJS.WriteStream = process.stderr,
    private readonly nowMs: () => number = Date.now,
  ) {
    this.shownMs = nowMs();
  }

  show(text: string): void {
    const { isTTY = false } = this.stream;
    const nowMs = this.nowMs();
    if (nowMs - this.shownMs < (isTTY ? REDRAW_MS : SPARSE_MS)) return;
    this.shownMs = nowMs;
    this.isDrawn = true;
    this.stream.write(isTTY ? `\r\x1b[K${text.slice(0, pageOf(this.stream).width - 1)}` : `${text}\n`);
  }

  /** Leave the line to what comes next. */
  end(): void {
    if (this.isDrawn && this.stream.isTTY) this.stream.write('\r\x1b[K');
    this.isDrawn = false;
  }
}

/** "12 000 of 50 000 entries, 24 %". */
export function progressText(done: number, expected: number): string {
  if (expected <= 0) return `${done} entries`;
  return `${done} of ${Math.max(done, expected)} entries, ${Math.min(100, Math.floor((done / expected) * 100))} %`;
}
