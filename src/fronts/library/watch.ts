import { bytesToId, idToBytes } from '../../core/model/bytes.js';
import type { WatchOptions } from './entries.js';
import type { LocalStore, Seen } from './local-store.js';

/**
 * Follows the change log of a node: keys that changed wait here, each once, until somebody takes what they have by then. So a slow watcher
 * holds back nobody, and takes memory for some keys at most.
 */
export class Watch<C> implements AsyncIterableIterator<C> {
  private readonly changed = new Set<string>();
  private readonly seen: Seen;
  private readonly keysMax: number;
  private hasMissed = false;
  private isOver = false;
  private failure: { readonly reason: unknown } | null = null;
  private waiting: (() => void) | null = null;
  private readonly unfollow: () => void;
  private readonly aborted = (): void => this.end({ reason: this.options.signal!.reason });

  constructor(
    private readonly store: LocalStore,
    private readonly prefix: Buffer,
    private readonly changeOf: (fullKey: Buffer) => C,
    private readonly missed: C,
    private readonly options: WatchOptions,
  ) {
    const { signal, keysMax = 10_000 } = options;
    this.keysMax = keysMax;
    signal?.throwIfAborted();
    this.seen = store.seen();
    this.unfollow = store.follow(
      () => this.look(),
      () => this.end(null),
    );
    signal?.addEventListener('abort', this.aborted, { once: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<C, undefined>> {
    for (;;) {
      if (this.failure !== null) throw this.failure.reason;
      if (this.hasMissed) {
        this.hasMissed = false;
        return { done: false, value: this.missed };
      }
      const [first] = this.changed;
      if (first !== undefined && !this.isOver) {
        this.changed.delete(first);
        return { done: false, value: this.changeOf(idToBytes(first) as Buffer) };
      }
      if (this.isOver) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.waiting = resolve;
      });
    }
  }

  async return(): Promise<IteratorResult<C, undefined>> {
    this.end(null);
    return { done: true, value: undefined };
  }

  // ---

  private look(): void {
    if (!this.store.changesSince(this.seen, (key) => this.note(key))) this.miss();
    if (this.changed.size > 0 || this.hasMissed) this.wake();
  }

  private note(key: Uint8Array): void {
    const { prefix, changed, keysMax } = this;
    if (key.length < prefix.length) return;
    for (let i = 0; i < prefix.length; i++) if (key[i] !== prefix[i]) return;
    changed.add(bytesToId(key));
    if (changed.size > keysMax) this.miss();
  }

  /** What it is told next is to read all anew: what waited is part of that. */
  private miss(): void {
    this.changed.clear();
    this.hasMissed = true;
  }

  private end(failure: { readonly reason: unknown } | null): void {
    if (this.isOver) return;
    this.isOver = true;
    this.failure = failure;
    this.changed.clear();
    this.hasMissed = false;
    this.unfollow();
    this.options.signal?.removeEventListener('abort', this.aborted);
    this.wake();
  }

  private wake(): void {
    const { waiting } = this;
    this.waiting = null;
    waiting?.();
  }
}
