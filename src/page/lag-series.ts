import type { LagHistory } from '../operations/dashboard/lag-history.js';
import type { Look } from '../operations/dashboard/look.js';

/** An hour, in steps of five seconds: what came within one step is one point, its greatest lag. */
const SPAN_MS = 3_600_000;

export interface LagPoint {
  readonly atMs: number;
  readonly lags: ReadonlyMap<string, number | null>;
}

/** How the members lagged: what the node kept, and what came since the page was opened. */
export class LagSeries {
  points: LagPoint[] = [];
  private stepMs = 5_000;

  take({ stepMs, timesMs, members }: LagHistory): void {
    this.stepMs = stepMs;
    this.points = timesMs.map((atMs, i) => {
      return { atMs, lags: new Map(members.map(({ replica, lags }) => [replica, lags[i] ?? null])) };
    });
  }

  add({ nowMs, members, asked }: Look): void {
    const others = members.filter(({ name }) => name !== asked);
    const lags = new Map(others.map(({ replica, lagWrites }) => [replica, lagWrites]));
    const last = this.points.at(-1);
    if (last !== undefined && nowMs - last.atMs < this.stepMs) {
      this.points[this.points.length - 1] = { atMs: last.atMs, lags: greatest(last.lags, lags) };
      return;
    }
    this.points.push({ atMs: nowMs, lags });
    while (this.points[0]!.atMs < nowMs - SPAN_MS) this.points.shift();
  }
}

// ---

function greatest(one: LagPoint['lags'], other: LagPoint['lags']): LagPoint['lags'] {
  const all = new Map(one);
  for (const [replica, lag] of other) {
    const known = all.get(replica) ?? null;
    all.set(replica, known === null || lag === null ? (lag ?? known) : Math.max(known, lag));
  }
  return all;
}
