import type { LeftOutKey } from './left-out.js';

/** What is left out for one reason. */
interface Cause {
  /** All keys, and those that are left alone now and may pass without a change of their own. */
  size: number;
  readonly paused: Set<string>;
  /** Whether one of them has passed, and whether one was refused, since the last beat. */
  hasPassed: boolean;
  wasRefused: boolean;
  /** How many were told of. */
  told: number;
  /** Since when there has been none; 0: there is one. */
  emptySinceMs: number;
}

/** So many keys of one reason are told of: a Redis that is full refuses all. */
const TOLD_MAX = 3;
/** For so long a reason is remembered of which there are no keys any more: one that comes and goes is told of once. */
const FORGOTTEN_MS = 60_000;

/** The reasons for which keys are left out: what one key meets, all of its reason do, and when one passes, all may. */
export class Causes {
  private readonly causes = new Map<string, Cause>();

  /** @param log whether it is the last key of this reason that is told of */
  constructor(private readonly log: (key: LeftOutKey, isLast: boolean) => void) {}

  /** A key was refused; `before`: for which reason it was so until now. */
  refused(key: LeftOutKey, before: string | undefined): void {
    const cause = this.of(key.reason);
    cause.wasRefused = true;
    if (before === key.reason || cause.told >= TOLD_MAX) return;
    cause.told++;
    this.log(key, cause.told === TOLD_MAX);
  }

  add(id: string, reason: string, mayPass: boolean): void {
    const cause = this.of(reason);
    cause.size++;
    if (mayPass) cause.paused.add(id);
  }

  delete(id: string, reason: string): void {
    const cause = this.of(reason);
    cause.size--;
    cause.paused.delete(id);
  }

  retried(id: string, reason: string): void {
    this.of(reason).paused.delete(id);
  }

  passed(reason: string): void {
    this.of(reason).hasPassed = true;
  }

  hasPassed(reason: string): boolean {
    return this.of(reason).hasPassed;
  }

  /** Up to `limit` keys of reasons of which some passed, and none was refused, since the last beat. */
  passing(limit: number): string[] {
    const ids: string[] = [];
    for (const { hasPassed, wasRefused, paused } of this.causes.values()) {
      if (!hasPassed || wasRefused) continue;
      for (const id of paused) {
        if (ids.length === limit) return ids;
        ids.push(id);
      }
    }
    return ids;
  }

  /** To be called once in a while, when those have been chosen that are tried again for all that passed before. */
  beat(nowMs: number): void {
    for (const [reason, cause] of this.causes) {
      if (cause.wasRefused) cause.hasPassed = cause.wasRefused = false;
      if (cause.size > 0) cause.emptySinceMs = 0;
      else if (cause.emptySinceMs === 0) cause.emptySinceMs = nowMs;
      else if (nowMs - cause.emptySinceMs > FORGOTTEN_MS) this.causes.delete(reason);
    }
  }

  clear(): void {
    this.causes.clear();
  }

  private of(reason: string): Cause {
    let cause = this.causes.get(reason);
    if (cause === undefined) {
      cause = { size: 0, paused: new Set(), hasPassed: false, wasRefused: false, told: 0, emptySinceMs: 0 };
      this.causes.set(reason, cause);
    }
    return cause;
  }
}
