import type { SimSite } from './sim-site.js';
import type { BridgedWorld } from './world.js';

export interface ApplicationOptions {
  readonly hotKeys: number;
  readonly coldKeys: number;
  readonly hotChance: number;
  /** Mean time between two commands anywhere. */
  readonly pauseMs: number;
  readonly deleteChance: number;
  readonly expiryChance: number;
  readonly expiryMaxMs: number;
  readonly otherTypeChance: number;
  readonly flushChance: number;
  /** Chance that a value is one of a few. */
  readonly sameValueChance: number;
  /** Other types are lists alone. */
  readonly listsAlone?: boolean;
}

/** What the applications of all sites do: set, change, delete, let expire and empty, on few hot keys and many cold ones. */
export class Applications {
  private isOn = false;
  private writes = 0;

  constructor(
    private readonly world: BridgedWorld,
    private readonly options: ApplicationOptions,
  ) {}

  start(): void {
    this.isOn = true;
    this.next();
  }

  stop(): void {
    this.isOn = false;
  }

  private next(): void {
    const { random, schedule } = this.world;
    schedule.after(random.between(0, 2 * this.options.pauseMs), () => {
      if (!this.isOn) return;
      const serving = this.world.sites.filter(({ serves }) => serves);
      if (serving.length > 0) this.act(random.pick(serving));
      this.next();
    });
  }

  private act(site: SimSite): void {
    const { random } = this.world;
    const { flushChance, deleteChance, expiryChance, otherTypeChance } = this.options;
    const key = this.key();
    if (random.chance(flushChance)) return site.do(random.pick(['FLUSHALL', 'FLUSHDB']));
    if (random.chance(0.02)) return this.inTransaction(site, key);
    if (random.chance(0.02)) return site.do('RENAME', key, this.key());
    if (random.chance(deleteChance)) return site.do('DEL', key);
    const expiry = random.chance(expiryChance) ? this.expiry(site) : null;
    if (random.chance(0.1)) return expiry === null ? site.do('PERSIST', key) : site.do('PEXPIREAT', key, expiry);
    if (random.chance(otherTypeChance)) return this.change(site, key, this.value());
    site.do('SET', key, this.value(), ...(expiry === null ? [] : ['PXAT', expiry]));
  }

  private inTransaction(site: SimSite, key: string): void {
    site.do('MULTI');
    site.do('DEL', key);
    site.do(this.options.listsAlone === true ? 'RPUSH' : 'SADD', key, this.value(), this.value());
    site.do('SET', this.key(), this.value());
    site.do('EXEC');
  }

  /** A part of a value that is no string; or, where it is of another type, another value. */
  private change(site: SimSite, key: string, value: string): void {
    const commands = [
      ['RPUSH', key, value],
      ['SADD', key, value],
      ['HSET', key, `f${value.slice(-1)}`, value],
      ['ZADD', key, String(value.length), value],
    ].slice(0, this.options.listsAlone === true ? 1 : 4);
    const type = site.redis.find(site.target.database, key)?.type;
    const fits = commands.findIndex((_, i) => type === ['list', 'set', 'hash', 'zset'][i]);
    if (type === 'string') site.do('DEL', key);
    site.do(...(fits < 0 ? this.world.random.pick(commands) : commands[fits]!));
  }

  private value(): string {
    const { random } = this.world;
    return random.chance(this.options.sameValueChance) ? `same${random.between(0, 2)}` : `v${++this.writes}`;
  }

  private expiry(site: SimSite): string {
    return String(site.nowMs + this.world.random.between(20, this.options.expiryMaxMs));
  }

  private key(): string {
    const { random } = this.world;
    const { hotKeys, coldKeys, hotChance } = this.options;
    return random.chance(hotChance) ? `hot${random.between(1, hotKeys)}` : `cold${random.between(1, coldKeys)}`;
  }
}
