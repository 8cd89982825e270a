import { backoffMs } from '../../links/backoff.js';
import type { DriverPorts } from './ports.js';

/**
 * A packet that a partition has swallowed is sent again by the system after a second, then after two more: beginning anew finds a
 * network that is back sooner. Every fourth dial waits for longer, for a peer that is very far or very busy.
 */
const DIAL_TIMEOUT_MS = 1000;
const LONG_DIAL_TIMEOUT_MS = 5000;
const LONG_DIAL_EVERY = 4;
const BACKOFF = { floorMs: 20, firstMs: 200, capMs: 500 };
/** A link that lived this long was a success, whatever ended it. */
const STABLE_MS = 2000;

interface Target {
  failures: number;
  notBeforeMs: number;
  /** Dialling, or linked by our dial. */
  busy: boolean;
  upAtMs: number | null;
}

/** Dials the addresses that the core wants linked, each with a backoff of its own. */
export class Dialer {
  private readonly targets = new Map<string, Target>();

  constructor(private readonly ports: Pick<DriverPorts, 'links' | 'monoMs' | 'random'>) {}

  want(addresses: readonly string[]): void {
    const nowMs = this.ports.monoMs();
    for (const address of addresses) {
      const target = this.target(address);
      if (target.busy || nowMs < target.notBeforeMs) continue;
      target.busy = true;
      const isLong = target.failures % LONG_DIAL_EVERY === LONG_DIAL_EVERY - 1;
      this.ports.links.dial(address, isLong ? LONG_DIAL_TIMEOUT_MS : DIAL_TIMEOUT_MS);
    }
  }

  up(address: string): void {
    this.target(address).upAtMs = this.ports.monoMs();
  }

  /** The dial failed, or the link that it gave is down. */
  down(address: string): void {
    const target = this.target(address);
    const nowMs = this.ports.monoMs();
    const wasStable = target.upAtMs !== null && nowMs - target.upAtMs > STABLE_MS;
    target.failures = wasStable ? 0 : target.failures + 1;
    target.notBeforeMs = nowMs + backoffMs(Math.max(1, target.failures), this.ports.random, BACKOFF);
    target.busy = false;
    target.upAtMs = null;
  }

  failuresOf(address: string): number {
    return this.targets.get(address)?.failures ?? 0;
  }

  private target(address: string): Target {
    let target = this.targets.get(address);
    if (target === undefined) {
      target = { failures: 0, notBeforeMs: 0, busy: false, upAtMs: null };
      this.targets.set(address, target);
    }
    return target;
  }
}
