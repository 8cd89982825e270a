import type { Redis } from 'ioredis';
import { Prng } from '../../sim/prng.js';
import { writeRandom } from '../random-writes.js';

/** Keys that this site alone writes, of each type. */
const OWN_KEYS = 12;
const TYPES = ['string', 'set', 'hash', 'list', 'zset'] as const;
type OwnType = (typeof TYPES)[number];
/** So many old members stay in a set or a hash: enough for a hash table, whose order differs at each server. */
const MEMBERS = 200;

/** The last writes of a key: the acknowledged one, and those after it whose reply never came. null: a delete. */
interface Last {
  readonly type: OwnType;
  candidates: (number | null)[];
}

/** The application of one site. It knows what it wrote last to its own keys; others it writes as all sites do. */
export class Writer {
  writes = 0;
  private readonly last = new Map<string, Last>();
  private readonly random: Prng;
  private isRunning = false;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly name: string,
    private readonly redis: Redis,
    seed: number,
  ) {
    this.random = new Prng(seed);
  }

  start(): void {
    this.isRunning = true;
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.isRunning = false;
    await this.running;
  }

  /** What of its last writes does not stand in a Redis, for people. */
  async missing(redis: Redis): Promise<string[]> {
    const found = await Promise.all(
      [...this.last].map(async ([key, { type, candidates }]) => {
        const stands = await standing(redis, key, type);
        return candidates.includes(stands)
          ? []
          : [`${key}: ${stands} stands, ${candidates.join(' or ')} was written last`];
      }),
    );
    return found.flat();
  }

  private async run(): Promise<void> {
    while (this.isRunning) {
      if (this.random.chance(0.3)) await writeRandom(this.redis, this.random);
      else await this.writeOwn();
      await new Promise((resolve) => setTimeout(resolve, this.random.between(0, 4)));
    }
  }

  private async writeOwn(): Promise<void> {
    const type = TYPES[this.random.between(0, TYPES.length - 1)]!;
    const key = `of ${this.name} ${type} ${this.random.between(0, OWN_KEYS - 1)}`;
    const number = this.random.chance(0.1) ? null : ++this.writes;
    const known = this.last.get(key) ?? { type, candidates: [null] };
    known.candidates.push(number);
    this.last.set(key, known);
    const replies = await send(this.redis, key, type, number).catch(() => null);
    // Without a reply it may have been executed or not.
    if (replies?.every(([error]) => error === null) === true) known.candidates = [number];
  }
}

// ---------------------------------------------------------------------------------------------------------------------

function send(
  redis: Redis,
  key: string,
  type: OwnType,
  number: number | null,
): Promise<[Error | null, unknown][] | null> {
  const writes = redis.multi();
  if (number === null) return writes.del(key).exec();
  const members = Array.from({ length: MEMBERS }, (_, i) => `member ${i}`);
  if (type === 'string') writes.set(key, number);
  if (type === 'set') writes.sadd(key, ...members, `last ${number}`);
  if (type === 'hash')
    writes.hset(key, { ...Object.fromEntries(members.map((member) => [member, 'x'.repeat(70)])), last: number });
  if (type === 'list') writes.lpush(key, number).ltrim(key, 0, 50);
  if (type === 'zset') writes.zadd(key, number, `last ${number}`).zremrangebyrank(key, 0, -150);
  return writes.exec();
}

/** The number of the write that a key shows. */
async function standing(redis: Redis, key: string, type: OwnType): Promise<number | null> {
  const shown = {
    string: () => redis.get(key),
    set: async () => greatest((await redis.smembers(key)).flatMap((member) => /^last (\d+)$/.exec(member)?.[1] ?? [])),
    hash: () => redis.hget(key, 'last'),
    list: () => redis.lindex(key, 0),
    zset: async () => (await redis.zrange(key, '0', '0', 'REV'))[0]?.replace('last ', '') ?? null,
  };
  const text = await shown[type]();
  return text === null ? null : Number(text);
}

function greatest(texts: readonly string[]): string | null {
  return texts.length === 0 ? null : String(Math.max(...texts.map(Number)));
}
