import type { Presence } from '../../core/membership/presence.js';
import { backoffMs } from '../../links/backoff.js';
import type { Trust } from '../../links/trust.js';
import type { Discovery } from './discovery.js';
import { look } from './look.js';

const FIND_TIMEOUT_MS = 5000;
/** Short, so that a founder hears those that it needs often enough; every few of them longer, for one that is far or busy. */
const LOOK_TIMEOUT_MS = 1000;
const LONG_LOOK_TIMEOUT_MS = 5000;
const LONG_LOOK_EVERY = 4;
const UNDER_WAY_MAX = 64;
/** What a mechanism finds beyond this many addresses is left out: no cluster is as large. */
const PLACES_MAX = 512;

/** How often mechanisms are asked, and the addresses that they find. */
export type Pace = 'gathering' | 'missing' | 'calm';
const FIND_EVERY_MS: Readonly<Record<Pace, number>> = { gathering: 1000, missing: 3000, calm: 30_000 };
const LOOK_EVERY_MS: Readonly<Record<Pace, number>> = { gathering: 400, missing: 1000, calm: 30_000 };
const FIND_BACKOFF = { floorMs: 1000, firstMs: 2000, capMs: 15_000 };
const LOOK_BACKOFF = { floorMs: 300, firstMs: 600, capMs: 3000 };

/** What one mechanism finds. */
export interface Finding {
  readonly text: string;
  /** The latest that it found; null: nothing yet. */
  readonly addresses: readonly string[] | null;
  /** Why it does not find anything now; null: it does. */
  readonly failure: string | null;
  /** How often in a row that was so. */
  readonly failures: number;
  /** That is about some of what it names: the rest is found. */
  readonly isPartial: boolean;
}

/** An address that is looked at, and what is there. */
export interface Place {
  readonly address: string;
  /** The mechanisms that name it; none: other nodes do. */
  readonly from: readonly string[];
  /** The latest answer; null: there was none yet, or none to the latest question. */
  readonly presence: Presence | null;
  /** Why there is no answer; null: there is, or nobody asked yet. */
  readonly failure: string | null;
}

export interface LookoutHost {
  /** What is shown to those who are asked, and wanted of them, before anything is said. */
  readonly trust: Trust;
  /** What this node says of itself; null: nothing, since it is none. */
  from(): Presence | null;
  /** Somebody has answered. */
  answered(presence: Presence): void;
  /** Addresses that other nodes have named. */
  hints(): readonly string[];
  pace(): Pace;
}

interface Asked {
  presence: Presence | null;
  failure: string | null;
  failures: number;
  notBeforeMs: number;
  /** Ends when the answer is there, or there is none. */
  underWay: Promise<void> | null;
}

interface Source {
  readonly discovery: Discovery;
  addresses: readonly string[] | null;
  failure: string | null;
  failures: number;
  isPartial: boolean;
  notBeforeMs: number;
  /** Ends when the answer is there, or there is none. */
  underWay: Promise<void> | null;
}

/** Asks the mechanisms where nodes are, and at those addresses who is there, again and again for as long as the node runs. */
export class Lookout {
  private readonly sources: Source[];
  private readonly asked = new Map<string, Asked>();
  private readonly abort = new AbortController();
  private announcements: (() => void)[] = [];
  private underWay = 0;
  private latestPace: Pace = 'gathering';

  constructor(
    discoveries: readonly Discovery[],
    private readonly host: LookoutHost,
    private readonly random: () => number = Math.random,
  ) {
    this.sources = discoveries.map((discovery) => ({
      ...{ discovery, addresses: null, failure: null, failures: 0, isPartial: false, notBeforeMs: 0, underWay: null },
    }));
  }

  /** Be found by others, where a mechanism needs that. Rejects if one cannot. */
  async announce(address: string): Promise<void> {
    for (const { discovery } of this.sources) {
      const end = await discovery.announce?.(address);
      if (end !== undefined) this.announcements.push(end);
    }
  }

  stop(): void {
    this.abort.abort();
    for (const end of this.announcements.splice(0)) end();
  }

  /** To be called often: asks whatever is due. */
  tick(): void {
    if (this.abort.signal.aborted) return;
    const nowMs = performance.now();
    this.hurry(nowMs);
    for (const source of this.sources) if (nowMs >= source.notBeforeMs) source.underWay ??= this.find(source);
    const addresses = this.addresses();
    for (const address of this.asked.keys()) if (!addresses.has(address)) this.asked.delete(address);
    for (const address of addresses) {
      if (this.underWay >= UNDER_WAY_MAX) return;
      const asked = this.askedOf(address);
      if (nowMs >= asked.notBeforeMs) asked.underWay ??= this.look(address, asked);
    }
  }

  /** Ask everything now; resolves when all have answered, or have not. */
  async refresh(): Promise<void> {
    await Promise.all(this.sources.map(({ underWay }) => underWay));
    await Promise.all(this.sources.map((source) => (source.underWay ??= this.find(source))));
    const asked = [...this.addresses()].map((address) => [address, this.askedOf(address)] as const);
    await Promise.all(asked.map(([, { underWay }]) => underWay));
    await Promise.all(asked.map(([address, one]) => (one.underWay ??= this.look(address, one))));
  }

  findings(): Finding[] {
    return this.sources.map(({ discovery, addresses, failure, failures, isPartial }) => ({
      ...{ text: discovery.text, addresses, failure, failures, isPartial },
    }));
  }

  places(): Place[] {
    return [...this.addresses()].map((address) => {
      const { presence = null, failure = null } = this.asked.get(address) ?? {};
      const naming = this.sources.filter(({ addresses }) => addresses?.includes(address));
      return { address, from: naming.map(({ discovery }) => discovery.text), presence, failure };
    });
  }

  // ---------------------------------------------------------------------------------------------

  /** What was put off in calmer times is due sooner. */
  private hurry(nowMs: number): void {
    const pace = this.host.pace();
    if (pace === this.latestPace) return;
    this.latestPace = pace;
    for (const source of this.sources) source.notBeforeMs = Math.min(source.notBeforeMs, nowMs + FIND_EVERY_MS[pace]);
    for (const asked of this.asked.values()) {
      asked.notBeforeMs = Math.min(asked.notBeforeMs, nowMs + LOOK_EVERY_MS[pace]);
    }
  }

  private addresses(): Set<string> {
    const found = this.sources.flatMap(({ addresses }) => addresses ?? []);
    return new Set([...found, ...this.host.hints()].slice(0, PLACES_MAX));
  }

  private askedOf(address: string): Asked {
    let asked = this.asked.get(address);
    if (asked === undefined) {
      asked = { presence: null, failure: null, failures: 0, notBeforeMs: 0, underWay: null };
      this.asked.set(address, asked);
    }
    return asked;
  }

  /** What was found before stays while nothing can be found out. */
  private async find(source: Source): Promise<void> {
    const signal = AbortSignal.any([this.abort.signal, AbortSignal.timeout(FIND_TIMEOUT_MS)]);
    try {
      source.addresses = await source.discovery.find(signal);
      source.failure = source.discovery.lacking ?? null;
      source.failures = source.failure === null ? 0 : source.failures + 1;
      source.isPartial = source.failure !== null;
    } catch (error) {
      const isLate = signal.aborted && (error as Error).name !== 'Error';
      source.failure = isLate ? `nothing was found out in ${FIND_TIMEOUT_MS / 1000} s` : (error as Error).message;
      source.failures++;
      source.isPartial = false;
    }
    source.underWay = null;
    source.notBeforeMs = this.dueMs(FIND_EVERY_MS[this.host.pace()], source.failures, FIND_BACKOFF);
  }

  private async look(address: string, asked: Asked): Promise<void> {
    this.underWay++;
    const isLong = asked.failures % LONG_LOOK_EVERY === LONG_LOOK_EVERY - 1;
    try {
      const timeoutMs = isLong ? LONG_LOOK_TIMEOUT_MS : LOOK_TIMEOUT_MS;
      asked.presence = await look(address, this.host.from(), timeoutMs, this.host.trust);
      asked.failure = null;
      asked.failures = 0;
      if (!this.abort.signal.aborted) this.host.answered(asked.presence);
    } catch (error) {
      asked.presence = null;
      asked.failure = (error as Error).message;
      asked.failures++;
    }
    this.underWay--;
    asked.underWay = null;
    asked.notBeforeMs = this.dueMs(LOOK_EVERY_MS[this.host.pace()], asked.failures, LOOK_BACKOFF);
  }

  /** With some chance in it, so that nodes that were started together do not ask together for ever. */
  private dueMs(everyMs: number, failures: number, backoff: typeof FIND_BACKOFF): number {
    const waitMs = everyMs * (0.75 + 0.5 * this.random());
    return performance.now() + Math.max(waitMs, failures === 0 ? 0 : backoffMs(failures, this.random, backoff));
  }
}
