interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** The one queue of everything that will happen: a binary heap by time, and by order of scheduling within one moment. */
export class Scheduler {
  nowMs = 0;
  private readonly heap: Event[] = [];
  private orders = 0;

  after(delayMs: number, run: () => void): void {
    this.push({ atMs: this.nowMs + delayMs, order: this.orders++, run });
  }

  /** Run the next event. Gives false when it lies beyond `untilMs`; time then stands there. */
  step(untilMs: number): boolean {
    const next = this.heap[0];
    if (next === undefined || next.atMs > untilMs) {
      this.nowMs = untilMs;
      return false;
    }
    this.pop();
    this.nowMs = next.atMs;
    next.run();
    return true;
  }

  private push(event: Event): void {
    const { heap } = this;
    let i = heap.length;
    heap.push(event);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(event, heap[parent]!)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = event;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs !== b.atMs ? a.atMs < b.atMs : a.order < b.order;
}
