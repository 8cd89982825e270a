import type { ServerResponse } from 'node:http';
import { OperatorError } from '../../../core/model/errors.js';
import type { DashboardHost, Visitor } from './host.js';

const WATCHERS_MAX = 16;
/** `lookMs`: between two looks at the least. `stuckMs`: whoever takes nothing for so long is no longer there, or too slow. */
const TIMES = { lookMs: 1_000, stuckMs: 10_000 };

/**
 * Tells whoever looks how the cluster is, once a second, by server-sent events. One look serves all; nobody looks, nothing is asked. What a
 * slow browser has not taken when the next look comes is all that waits for it: it skips that one, and is dropped if it stays so.
 */
export class Live {
  private readonly watchers = new Set<Watcher>();
  private isLooking = false;
  private next: NodeJS.Timeout | undefined;

  constructor(
    private readonly host: DashboardHost,
    private readonly times = TIMES,
  ) {}

  get size(): number {
    return this.watchers.size;
  }

  /**
   * Returns whether there was room.
   * @param isStill whether the visitor may still look
   */
  open(response: ServerResponse, visitor: Visitor, isStill: () => boolean): boolean {
    if (this.watchers.size >= WATCHERS_MAX) return false;
    const watcher: Watcher = { response, visitor, isStill, stuckSinceMs: null };
    this.watchers.add(watcher);
    response.once('close', () => this.watchers.delete(watcher));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(event('history', this.host.history()));
    if (!this.isLooking) void this.look();
    return true;
  }

  close(): void {
    clearTimeout(this.next);
    for (const { response } of this.watchers) response.destroy();
    this.watchers.clear();
  }

  private async look(): Promise<void> {
    this.isLooking = true;
    const beganMs = performance.now();
    this.dropThoseWhoMayNot();
    const [first] = this.watchers;
    if (first === undefined) {
      this.isLooking = false;
      return;
    }
    const text = await this.host.look(first.visitor).then(
      (look) => event('look', look),
      (error: unknown) => event('trouble', JSON.stringify({ message: troubleText(error) })),
    );
    for (const watcher of this.watchers) tell(watcher, text, this.times.stuckMs);
    const restMs = Math.max(0, this.times.lookMs - (performance.now() - beganMs));
    this.next = setTimeout(() => void this.look(), restMs).unref();
  }

  private dropThoseWhoMayNot(): void {
    for (const watcher of this.watchers) {
      if (watcher.isStill()) continue;
      this.watchers.delete(watcher);
      watcher.response.end(event('signed-out', '{}'));
    }
  }
}

// ---

interface Watcher {
  readonly response: ServerResponse;
  readonly visitor: Visitor;
  readonly isStill: () => boolean;
  stuckSinceMs: number | null;
}

function tell(watcher: Watcher, text: string, stuckMs: number): void {
  const { response } = watcher;
  const nowMs = performance.now();
  if (!response.writableNeedDrain) {
    watcher.stuckSinceMs = null;
    response.write(text);
    return;
  }
  watcher.stuckSinceMs ??= nowMs;
  if (nowMs - watcher.stuckSinceMs > stuckMs) response.destroy();
}

function event(name: string, json: string): string {
  return `event: ${name}\ndata: ${json}\n\n`;
}

/** An error of ours is in the log; a browser is told that there is one. */
function troubleText(error: unknown): string {
  return error instanceof OperatorError ? error.message : 'the node ran into a bug: see its log';
}
