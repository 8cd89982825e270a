import type { CommandRow } from './command-stats.js';
import type { Heat } from './key-heat.js';
import type { LimitName, Limits } from './limits.js';
import type { Host } from './session.js';

/** The limits of a port, what of each is in use, where that can be counted, and how often each was met since the start. */
export interface LimitsInUse {
  readonly limits: Limits;
  readonly inUse: Readonly<Partial<Record<LimitName, number>>>;
  readonly met: Readonly<Partial<Record<LimitName, number>>>;
}

/** What clients did since the start; their commands: since the latest CONFIG RESETSTAT. */
export interface Traffic {
  readonly clients: number;
  readonly clientsMax: number;
  /** Accepted, links between nodes included. */
  readonly connections: number;
  /** There were too many. */
  readonly refused: number;
  /** Channels and patterns that somebody listens to. */
  readonly subscriptions: number;
  /** Messages that its clients have published, and those handed to subscribers, of other members too. */
  readonly published: number;
  readonly delivered: number;
  readonly commands: readonly (readonly [name: string, row: Readonly<CommandRow>])[];
  /** Error replies, by the word that they begin with. */
  readonly errors: readonly (readonly [code: string, count: number])[];
}

/** What clients do just now: commands since the start, or the latest CONFIG RESETSTAT, and samples of the keys. */
export interface Pulse {
  readonly clients: number;
  readonly reads: number;
  readonly writes: number;
  /** null: the look has only begun. */
  readonly heat: Heat | null;
}

export function trafficOf({ counters, activity, clientsMax, subscriptions, sessions }: Host): Traffic {
  const { commands, errors } = activity.stats;
  const { connections, rejected } = counters;
  const { published, delivered } = subscriptions;
  const listened = (['channels', 'patterns', 'shards'] as const).map((what) => subscriptions.size(what));
  return {
    ...{ clients: sessions.size, clientsMax, connections, refused: rejected, commands, errors },
    ...{ subscriptions: listened.reduce((sum, count) => sum + count), published, delivered },
  };
}

export function pulseOf({ activity, commands, sessions }: Host): Pulse {
  let [reads, writes] = [0, 0];
  for (const [name, { calls }] of activity.stats.commands) {
    const flags = commands.find(Buffer.from(name))?.flags;
    if (flags?.includes('write')) writes += calls;
    else if (flags?.includes('readonly')) reads += calls;
  }
  return { clients: sessions.size, reads, writes, heat: activity.heat.look(performance.now()) };
}
