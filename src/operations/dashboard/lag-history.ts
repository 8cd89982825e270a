import type { StatusReply } from '../../admin/protocol/api.js';

/** How many writes of a node each member had not acknowledged, one number for each of the times; null: not known. */
export interface LagHistory {
  readonly node: string;
  readonly stepMs: number;
  readonly timesMs: readonly number[];
  readonly members: readonly { readonly replica: string; readonly lags: readonly (number | null)[] }[];
}

/** An hour, so that somebody who comes to look sees when it began. */
const STEP_MS = 5_000;
const SAMPLES_MAX = 720;

/** Keeps the lag of the latest hour, whether or not somebody looks. */
export class LagRecorder {
  private readonly samples: { readonly atMs: number; readonly lags: ReadonlyMap<string, number | null> }[] = [];
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly status: () => StatusReply) {
    this.timer = setInterval(() => this.sample(), STEP_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  history(): LagHistory {
    const { self, members } = this.status();
    return {
      node: self.name,
      stepMs: STEP_MS,
      timesMs: this.samples.map(({ atMs }) => atMs),
      members: members.map(({ replica }) => {
        return { replica, lags: this.samples.map(({ lags }) => lags.get(replica) ?? null) };
      }),
    };
  }

  private sample(): void {
    const { nowMs, members } = this.status();
    const others = members.filter(({ link }) => link !== 'self');
    const lags = new Map(others.map((one) => [one.replica, one.lastHeardMs === null ? null : one.lagWrites]));
    this.samples.push({ atMs: nowMs, lags });
    if (this.samples.length > SAMPLES_MAX) this.samples.shift();
  }
}
