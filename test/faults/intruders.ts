import type { Attempt, Evidence } from './history.js';

export interface Intrusion {
  readonly attempt: Attempt;
  readonly why: string;
}

/**
 * Writes of users that were carried out and must not have been: of one who was removed, once its node had heard of that, and beside
 * the prefix of one who has a prefix. A node that came back with an older directory may have to hear of it again, and one that did not
 * know the user at first may have been asked before it heard of him at all.
 */
export function intrusions({ attempts, removals, setBacks }: Evidence): Intrusion[] {
  return attempts
    .filter(({ isDone }) => isDone)
    .flatMap((attempt) => {
      if (attempt.isOutside) return [{ attempt, why: 'beside its prefix' }];
      const goneMs = removals.find(({ user }) => user === attempt.user)?.gone[attempt.node];
      if (goneMs === undefined || attempt.startMs <= goneMs || !wasIn(attempt, goneMs, attempts)) return [];
      const isSetBack = setBacks.some(({ node, putBackMs }) => node === attempt.node && putBackMs > goneMs);
      return isSetBack ? [] : [{ attempt, why: `though it was gone there since ${new Date(goneMs).toISOString()}` }];
    });
}

// ---------------------------------------------------------------------------------------------------------------------

function wasIn({ user, node }: Attempt, beforeMs: number, attempts: readonly Attempt[]): boolean {
  return attempts.some((one) => one.user === user && one.node === node && one.isDone && one.startMs < beforeMs);
}
