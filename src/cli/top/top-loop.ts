import type { TopLook } from '../../operations/cluster/top.js';
import { failureOf } from '../failure.js';
import { pageOf } from '../page.js';
import { inOrder, ORDERS, type TopOrder, topView } from '../views/top.js';
import { FullScreen, type Key } from './full-screen.js';
import { TopHistory } from './top-history.js';

/** Looks and draws until somebody quits. The first look is made before the screen is taken: if it fails, that is an error as any other. */
export async function runTop(look: () => Promise<TopLook>, everyMs: number, first: TopLook): Promise<void> {
  await new TopLoop(look, everyMs, first).run();
}

class TopLoop {
  private readonly screen = new FullScreen();
  private readonly history = new TopHistory();
  private selected: string | null = null;
  private order: TopOrder = 'node';
  private paused = false;
  private trouble: string | null = null;
  private wake: () => void = () => {};
  private isOver = false;

  constructor(
    private readonly look: () => Promise<TopLook>,
    private readonly everyMs: number,
    first: TopLook,
  ) {
    this.history.add(first);
  }

  async run(): Promise<void> {
    this.screen.enter(
      (key) => this.press(key),
      () => this.draw(),
    );
    try {
      while (!this.isOver) {
        this.draw();
        await this.pause();
        if (!this.isOver && !this.paused) await Promise.race([this.lookAgain(), this.over()]);
      }
    } finally {
      this.screen.leave();
    }
  }

  private readonly ends: (() => void)[] = [];

  private over(): Promise<void> {
    return new Promise((resolve) => this.ends.push(resolve));
  }

  private async lookAgain(): Promise<void> {
    try {
      this.history.add(await this.look());
      this.trouble = null;
    } catch (error) {
      this.trouble = failureOf(error).message;
    }
  }

  private press(key: Key): void {
    const looked = this.history.latest;
    if (key === 'quit') this.end();
    else if (key === 'pause') this.paused = !this.paused;
    else if (key === 'left' || key === 'right') this.order = after(ORDERS, this.order, key === 'right' ? 1 : -1);
    else {
      const replicas = inOrder(looked?.members ?? [], this.order).map(({ replica }) => replica);
      this.selected = after([null, ...replicas], this.selected, key === 'down' ? 1 : -1);
    }
    this.draw();
    if (key === 'pause') this.wake();
  }

  private end(): void {
    this.isOver = true;
    this.wake();
    for (const end of this.ends.splice(0)) end();
  }

  private draw(): void {
    const { history, selected, order, paused, trouble } = this;
    const page = pageOf(process.stdout);
    this.screen.draw(topView({ history, selected, order, paused, trouble, height: this.screen.rows }, page));
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake(), this.everyMs);
      this.wake = () => {
        clearTimeout(timer);
        this.wake = () => {};
        resolve();
      };
      if (this.isOver) this.wake();
    });
  }
}

/** The next of some, around the end. */
function after<T>(all: readonly T[], one: T, step: 1 | -1): T {
  const at = all.indexOf(one);
  return all[(at === -1 ? 0 : at + step + all.length) % all.length]!;
}
