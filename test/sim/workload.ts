import { bytesToId } from '../../src/core/model/bytes.js';
import { fullKey } from '../../src/core/model/entry.js';
import type { SimNode } from './sim-node.js';
import type { World } from './world.js';

export interface WorkloadOptions {
  readonly hotKeys: number;
  readonly coldKeys: number;
  readonly hotChance: number;
  readonly deleteChance: number;
  readonly expiryChance: number;
  readonly expiryMaxMs: number;
  /** Chance that a key that is there is touched instead: it gets another expiry, or none. */
  readonly touchChance: number;
  /** Chance that a SET goes the way of those of many clients at once: compiled code writes it. */
  readonly compiledChance: number;
  /** Mean time between two writes anywhere in the cluster. */
  readonly pauseMs: number;
  /** Chance that a value is one of a few, so that islands write the same. */
  readonly sameValueChance: number;
}

/** Clients that set, delete, touch and let expire, on few hot keys and many cold ones, at any node that serves. */
export class Workload {
  private isOn = false;
  private writes = 0;
  private pauseMs: number;
  /** Writes at a time. */
  private burst = 1;

  constructor(
    private readonly world: World,
    private readonly options: WorkloadOptions,
  ) {
    this.pauseMs = options.pauseMs;
  }

  start(): void {
    this.isOn = true;
    this.next();
  }

  /** From now on faster, if it was not fast already, and so many writes at a time. */
  rush(pauseMs: number, burst = 1): void {
    this.pauseMs = Math.min(this.pauseMs, pauseMs);
    this.burst = burst;
  }

  stop(): void {
    this.isOn = false;
  }

  private next(): void {
    const { random, schedule } = this.world;
    schedule.after(random.between(0, 2 * this.pauseMs), () => {
      if (!this.isOn) return;
      for (let i = 0; i < this.burst; i++) this.act();
      this.next();
    });
  }

  private act(): void {
    const serving = this.world.nodes.filter((node) => node.isServing);
    if (serving.length === 0) return;
    const node = this.world.random.pick(serving);
    node.serve((core) => {
      const { random } = this.world;
      const key = this.key();
      // A chance of 0 takes no number from what the seed gives.
      if (this.options.touchChance > 0 && random.chance(this.options.touchChance)) return this.touch(node, key);
      if (random.chance(this.options.deleteChance)) {
        // As a server does: a key that is not there is not deleted.
        if (core.canDelete(key)) this.write(node, key, null, 0);
        return;
      }
      // As a server does: at the limit something is evicted, or the write refused.
      if (!core.eviction.makeRoom()) return;
      const value = random.chance(this.options.sameValueChance) ? `same${random.between(0, 2)}` : `v${++this.writes}`;
      const expires = random.chance(this.options.expiryChance);
      const expiryMs = expires ? node.wallMs + random.between(20, this.options.expiryMaxMs) : 0;
      if (expires || this.options.compiledChance === 0 || !random.chance(this.options.compiledChance))
        return this.write(node, key, value, expiryMs);
      const others = Array.from({ length: random.between(0, 1) }, () => this.key());
      const keys = [...new Map([key, ...others].map((one) => [bytesToId(one), one])).values()];
      this.writeAtOnce(node, keys, value);
    });
  }

  /** What compiled code leaves is written one by one, as a server does. */
  private writeAtOnce(node: SimNode, keys: readonly Uint8Array[], value: string): void {
    const written = node.setAtOnce(keys, value);
    for (const key of keys.slice(0, written)) this.world.note(`${node.name} writes ${nameOf(key)}=${value} at once`);
    for (const key of keys.slice(written)) if (node.core!.eviction.makeRoom()) this.write(node, key, value, 0);
  }

  private touch(node: SimNode, key: Uint8Array): void {
    const { random } = this.world;
    const expiryMs = random.chance(0.3) ? 0 : node.wallMs + random.between(20, this.options.expiryMaxMs);
    this.world.observe('touching', node, key);
    const wasThere = node.core!.touch(key, expiryMs);
    this.world.observe('touched', node);
    if (wasThere) this.world.note(`${node.name} touches ${nameOf(key)} until ${expiryMs}`);
  }

  private write(node: SimNode, key: Uint8Array, value: string | null, expiryMs: number): void {
    const entry = node.core!.write(key, value === null ? null : Buffer.from(value), expiryMs);
    this.world.note(`${node.name} writes ${nameOf(key)}=${value} ${entry.hlc} #${entry.seq}`);
  }

  private key(): Uint8Array {
    const { random } = this.world;
    const { hotKeys, coldKeys, hotChance } = this.options;
    const name = random.chance(hotChance) ? `hot${random.between(1, hotKeys)}` : `cold${random.between(1, coldKeys)}`;
    return fullKey(0, Buffer.from(name));
  }
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key).toString('latin1');
}
