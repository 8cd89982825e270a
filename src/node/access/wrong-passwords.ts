/**
 * Wrong passwords, by the address that they came from: each makes the answer to the next one take longer, so that nobody tries many.
 * After a quiet while all is forgotten.
 */
export class WrongPasswords {
  /** Since the start. */
  total = 0;
  /** In the order of the latest one of each. */
  private readonly byAddress = new Map<string, { count: number; lastMs: number }>();

  constructor(private readonly nowMs: () => number) {}

  /** One came. Returns for how long its answer is to be held back. */
  note(address: string): number {
    this.total++;
    this.forgetOld();
    const count = (this.byAddress.get(address)?.count ?? 0) + 1;
    this.byAddress.delete(address);
    this.byAddress.set(address, { count, lastMs: this.nowMs() });
    if (this.byAddress.size > ADDRESSES_MAX) this.byAddress.delete(this.byAddress.keys().next().value!);
    return Math.min(DELAY_MS * 2 ** (count - 1), DELAY_MAX_MS);
  }

  /** Addresses from which many came lately. */
  suspects(): { readonly address: string; readonly count: number }[] {
    this.forgetOld();
    return [...this.byAddress].flatMap(([address, { count }]) => (count >= MANY ? [{ address, count }] : []));
  }

  private forgetOld(): void {
    const limitMs = this.nowMs() - FORGET_MS;
    for (const [address, { lastMs }] of this.byAddress) {
      if (lastMs > limitMs) return;
      this.byAddress.delete(address);
    }
  }
}

// ---

const DELAY_MS = 100;
const DELAY_MAX_MS = 3_000;
const MANY = 10;
const FORGET_MS = 60_000;
const ADDRESSES_MAX = 10_000;
