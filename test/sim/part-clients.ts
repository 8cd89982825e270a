import { fullKey } from '../../src/core/model/entry.js';
import type { NodeCore } from '../../src/core/node.js';
import type { Prng } from './prng.js';
import { Recurring } from './recurring.js';
import type { SimNode } from './sim-node.js';
import type { World } from './world.js';

/** What a client asked for, and was not refused. */
export type PartOperation =
  | {
      readonly name: 'put';
      readonly key: Uint8Array;
      readonly kind: CollectionKind;
      readonly part: string;
      readonly value: string;
    }
  | { readonly name: 'take'; readonly key: Uint8Array; readonly kind: CollectionKind; readonly part: string }
  | { readonly name: 'add'; readonly key: Uint8Array; readonly amount: number }
  | { readonly name: 'expire'; readonly key: Uint8Array; readonly expiryMs: number }
  | { readonly name: 'set'; readonly key: Uint8Array; readonly value: string; readonly expiryMs: number }
  | { readonly name: 'delete'; readonly key: Uint8Array };

export type CollectionKind = keyof typeof SHAPES;

export const SHAPES = { hash: 'field', set: 'member', zset: 'score' } as const;

const PAUSE_MS = 12;
/** By what their names begin with; on `mix` all kinds meet. */
const NAMES = ['hash1', 'hash2', 'set1', 'zset1', 'zset2', 'num1', 'num2', 'mix1'];
const PARTS = ['', 'a', 'b'];
const EXPIRY_MAX_MS = 3000;
const TOGETHER_CHANCE = 0.5;

/** Clients of keys with parts, at any node that serves: as the commands of Redis do it, wrong types are refused. */
export class PartClients extends Recurring {
  private values = 0;

  constructor(world: World, random: Prng) {
    super(world, random, PAUSE_MS);
  }

  protected strike(): void {
    const { random, world } = this;
    const serving = world.nodes.filter((node) => node.isServing);
    if (serving.length === 0) return;
    const name = random.pick(NAMES);
    const first = random.pick(serving);
    this.act(first, name);
    // Two at once at two nodes: neither has seen what the other does.
    const other = random.pick(serving);
    if (other !== first && random.chance(TOGETHER_CHANCE)) this.act(other, name);
  }

  private act(node: SimNode, name: string): void {
    const { world } = this;
    const operation = this.operation(node, name);
    node.serve((core) => {
      // As a server does: at the limit something is evicted, or the write refused.
      if (!core.eviction.makeRoom() || !isAllowed(core, operation)) return;
      world.note(`${node.name}: ${textOf(operation)}`);
      world.observe('operating', node, operation);
      perform(core, operation);
      world.observe('operated', node, operation);
    });
  }

  private operation(node: SimNode, name: string): PartOperation {
    const { random } = this;
    const key = fullKey(0, Buffer.from(name));
    const kind = name.startsWith('mix')
      ? random.pick(['hash', 'set', 'zset', 'num'] as const)
      : (name.slice(0, -1) as CollectionKind | 'num');
    // What ends all must be rare for the rest to have something to work on.
    if (random.chance(0.08)) return { name: 'delete', key };
    if (random.chance(0.03))
      return { name: 'set', key, value: this.newValue(kind), expiryMs: this.expiry(node, name, 0.8) };
    if (random.chance(0.08) && name !== 'num1') return { name: 'expire', key, expiryMs: this.expiry(node, name, 0.3) };
    if (kind === 'num') return { name: 'add', key, amount: random.between(1, 9) };
    const part = random.pick(PARTS);
    if (random.chance(0.45)) return { name: 'take', key, kind, part };
    return {
      name: 'put',
      key,
      kind,
      part,
      value: kind === 'hash' ? `v${++this.values}` : kind === 'set' ? '' : this.score(),
    };
  }

  private newValue(kind: CollectionKind | 'num'): string {
    return kind === 'num' && this.random.chance(0.8) ? String(this.random.between(0, 1000)) : `s${++this.values}`;
  }

  private score(): string {
    const value = Buffer.alloc(8);
    value.writeDoubleBE(this.random.between(-3, 3) / 2);
    return value.toString('latin1');
  }

  private expiry(node: SimNode, name: string, noneChance: number): number {
    if (name === 'num1' || this.random.chance(noneChance)) return 0;
    return node.wallMs + this.random.between(20, EXPIRY_MAX_MS);
  }
}

// ---

/** Whether Redis would do anything. */
function isAllowed(core: NodeCore, operation: PartOperation): boolean {
  const { key } = operation;
  const shape = core.collections.shapeOf(key);
  switch (operation.name) {
    case 'put':
      return shape === undefined || shape === SHAPES[operation.kind];
    case 'take':
      if (shape !== SHAPES[operation.kind]) return false;
      return core.collections.view(key, SHAPES[operation.kind]).get(bytesOf(operation.part)) !== undefined;
    case 'add': {
      const entry = core.get(key);
      return entry === undefined ? shape === undefined : /^-?\d+$/.test(Buffer.from(entry.value).toString());
    }
    case 'expire':
      return core.get(key) !== undefined || shape !== undefined;
    case 'delete':
      return core.canDelete(key);
    case 'set':
      return true;
  }
}

function perform(core: NodeCore, operation: PartOperation): void {
  const { key } = operation;
  const { collections } = core;
  switch (operation.name) {
    case 'put':
      return void collections.put(key, SHAPES[operation.kind], bytesOf(operation.part), bytesOf(operation.value));
    case 'take':
      return void collections.delete(key, SHAPES[operation.kind], bytesOf(operation.part));
    case 'add':
      return void collections.add(key, BigInt(operation.amount));
    case 'expire':
      return void core.touch(key, operation.expiryMs);
    case 'delete':
      return void core.write(key, null, 0);
    case 'set':
      return void core.write(key, bytesOf(operation.value), operation.expiryMs);
  }
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

function textOf(operation: PartOperation): string {
  const { name, key } = operation;
  const part = 'part' in operation ? ` ${operation.kind} ${operation.part}` : '';
  const value = 'value' in operation ? `=${Buffer.from(operation.value, 'latin1').toString('hex').slice(0, 20)}` : '';
  const amount = 'amount' in operation ? ` ${operation.amount}` : '';
  const until = 'expiryMs' in operation ? ` until ${operation.expiryMs}` : '';
  return `client ${name} ${Buffer.from(key.subarray(1)).toString()}${part}${value}${amount}${until}`;
}
