import type { Prng } from '../prng.js';
import { Recurring } from '../recurring.js';
import type { SimSite } from './sim-site.js';
import type { BridgedWorld } from './world.js';

const PART_KEYS = ['part-hash1', 'part-hash2', 'part-set1', 'part-zset1'];

/** Whether the elements of a key are judged one by one. */
export function isOfParts(key: string): boolean {
  return key.startsWith('part-');
}

const PAUSE_MS = 12;
const NAMES = ['', 'a', 'b', 'c'];
const EXPIRY_MAX_MS = 3000;
const TOGETHER_CHANCE = 0.5;
const SAME_VALUE_CHANCE = 0.1;

/** Applications that change fields, members and scores of a few keys, beside Redis' that their nodes have met. */
export class PartApplications extends Recurring {
  private values = 0;

  constructor(
    private readonly sites: BridgedWorld,
    random: Prng,
  ) {
    super(sites, random, PAUSE_MS);
  }

  protected strike(): void {
    const serving = this.sites.sites.filter((site) => site.serves && site.node.bridge?.site.isAttached === true);
    if (serving.length === 0) return;
    const key = this.random.pick(PART_KEYS);
    const first = this.random.pick(serving);
    this.act(first, key);
    // Two at once at two sites: neither has seen what the other does.
    const other = this.random.pick(serving);
    if (other !== first && this.random.chance(TOGETHER_CHANCE)) this.act(other, key);
  }

  private act(site: SimSite, key: string): void {
    const { random } = this;
    const name = random.pick(NAMES);
    if (random.chance(0.03)) return site.do('DEL', key);
    if (random.chance(0.04)) return site.do('PEXPIREAT', key, String(site.nowMs + random.between(20, EXPIRY_MAX_MS)));
    if (random.chance(0.03)) return site.do('PERSIST', key);
    const isTaken = random.chance(0.35);
    if (isTaken) return site.do(`${commandOf(key)}${key.includes('hash') ? 'DEL' : 'REM'}`, key, name);
    site.do(...putOf(key, name, this.value(), random.between(-3, 3) / 2));
  }

  private value(): string {
    return this.random.chance(SAME_VALUE_CHANCE) ? `same${this.random.between(0, 2)}` : `p${++this.values}`;
  }
}

/** The command that gives an element a value, or a score. */
export function putOf(key: string, name: string, value: string, score: number): string[] {
  const command = commandOf(key);
  if (command === 'H') return ['HSET', key, name, value];
  return command === 'Z' ? ['ZADD', key, String(score), name] : ['SADD', key, name];
}

/** The letter that its commands begin with. */
function commandOf(key: string): 'H' | 'S' | 'Z' {
  return key.includes('hash') ? 'H' : key.includes('zset') ? 'Z' : 'S';
}
