import { isOfParts, putOf } from './part-applications.js';
import type { SimSite } from './sim-site.js';
import type { BridgedWorld } from './world.js';

export const FAULTS = [
  'stop-node',
  'kill-node',
  'power',
  'hang-node',
  'disk',
  'restart-all',
  'restart-file',
  'restart-nothing',
  'failover-level',
  'failover-behind',
  'save',
  'stand-still',
  'busy',
  'full',
  'limit',
  'evict',
  'rights',
  'flush',
  'script-flush',
  'events',
  'break',
  'stick',
  'unreachable',
  'partition',
  'reset',
  'kill-under-way',
  'power-under-way',
] as const;
export type Fault = (typeof FAULTS)[number];
export type FaultWeights = Readonly<Record<Fault, number>>;

const RIGHTS = [
  'WATCH',
  'EVALSHA',
  'RESTORE',
  'SCAN',
  'INFO',
  'CLIENT',
  'SUBSCRIBE',
  'channels',
  'key:hot1',
  'key:cold2',
];

/** For so long others go on to have a server forget its scripts. */
const FORGETS_MS = 500;

/** The next value of a key, or of an element of it. */
function nextOf(key: string, number: number): string[] {
  return isOfParts(key) ? putOf(key, 'a', `next${number}`, number) : ['SET', key, `next${number}`];
}

/** What goes wrong: nodes, servers, what is between them, and between the sites. All of it ends by itself, or in `stop`. */
export class Faults {
  private isOn = false;
  private readonly ends = new Set<() => void>();

  constructor(
    private readonly world: BridgedWorld,
    private readonly weights: FaultWeights,
    private readonly pauseMs: number,
  ) {}

  start(): void {
    this.isOn = true;
    this.next();
  }

  stop(): void {
    this.isOn = false;
    for (const end of [...this.ends]) end();
    this.world.network.mendAll();
  }

  private next(): void {
    const { random, schedule } = this.world;
    schedule.after(random.between(1, 2 * this.pauseMs), () => {
      if (!this.isOn) return;
      const fault = random.weighted(this.weights);
      const site = random.pick(this.world.sites);
      this.world.note(`fault ${fault} at ${site.name}`);
      this.act(fault, site);
      this.next();
    });
  }

  private act(fault: Fault, site: SimSite): void {
    const { world } = this;
    const { random } = world;
    const { redis, node } = site;
    switch (fault) {
      case 'stop-node':
        node.goOn();
        node.stopInOrder();
        return this.startNodeAfter(site);
      case 'kill-node':
      case 'power':
        node.crash(fault === 'power' ? 'power' : 'process');
        return this.startNodeAfter(site);
      case 'hang-node':
        node.hang();
        return this.during(random.between(50, 8000), () => node.goOn());
      case 'disk':
        if (node.core === null) return;
        node.failDisk(random.chance(0.4) ? 'full' : 'broken');
        return this.during(random.between(10, 2500), () => node.mendDisk());
      case 'restart-all':
        return this.restart(site, 'all');
      case 'restart-file':
        return this.restart(site, 'file');
      case 'restart-nothing':
        return this.restart(site, 'nothing');
      case 'failover-level':
      case 'failover-behind':
        if (redis.isUp && redis.options.hasReplica)
          this.failOver(site, fault === 'failover-level' ? 0 : random.between(5, 1500));
        return;
      case 'save':
        return redis.save();
      case 'stand-still':
      case 'busy':
        redis.isBusy = fault === 'busy';
        redis.standsUntilMs = redis.nowMs + random.pick([50, 500, 3000, 18_000]);
        return;
      case 'full':
        return this.withOptions(site, {
          policy: 'noeviction',
          maxMemory: Math.max(1, Math.floor(redis.usedBytes * 0.9)),
        });
      case 'limit':
        return this.withOptions(site, {
          policy: 'allkeys-lru',
          maxMemory: Math.max(200, Math.floor(redis.usedBytes * 0.8)),
        });
      case 'evict':
        return this.evictSome(site);
      case 'rights':
        return this.takeRight(site, random.pick(RIGHTS));
      case 'flush':
        if (site.serves) site.do('FLUSHALL');
        return;
      case 'script-flush':
        redis.scripts.clear();
        redis.forgetsUntilMs = redis.nowMs + FORGETS_MS;
        return;
      case 'events':
        redis.options = { ...redis.options, events: redis.options.events === '' ? 'Ee' : '' };
        return;
      case 'break':
        return site.breakLines();
      case 'stick':
        return site.stickLines(world.schedule.nowMs + random.pick([50, 1000, 20_000]));
      case 'unreachable':
        site.isUnreachable = true;
        site.stickLines(world.schedule.nowMs + 20_000);
        return this.during(random.between(100, 8000), () => {
          site.isUnreachable = false;
        });
      case 'partition':
        return this.partition(site);
      case 'reset': {
        const { sessions } = world.network;
        if (sessions.length > 0) world.network.reset(random.pick(sessions));
        return;
      }
      case 'kill-under-way':
      case 'power-under-way':
        site.onceApplied = (key) => this.crashUnderWay(site, key, fault === 'power-under-way' ? 'power' : 'process');
    }
  }

  /**
   * A node dies when Redis has executed its write of a key, before it has the reply, or before its disk knows of that; and another
   * site goes on to the next value of the key before it is back. What Redis holds then no node has any more.
   */
  private crashUnderWay(site: SimSite, key: string, kind: 'power' | 'process'): void {
    const { world } = this;
    const { random } = world;
    world.schedule.after(random.pick([0, 0, 1, 5]), () => {
      if (!this.isOn || site.node.core === null) return;
      world.note(`${site.name} has ${key}, and its node dies`);
      site.node.crash(kind);
      const others = world.sites.filter((other) => other !== site && other.serves);
      if (others.length > 0 && random.chance(0.7)) random.pick(others).do(...nextOf(key, world.deeds));
      this.startNodeAfter(site);
    });
  }

  private startNodeAfter({ node }: SimSite): void {
    const { random } = this.world;
    this.during(random.between(20, random.pick([100, 1000, 6000])), () => {
      // One that is still being stopped is killed.
      if (node.isStopping) node.crash('process');
      if (node.core === null) node.start();
    });
  }

  private restart({ redis, nowMs }: SimSite, which: 'all' | 'file' | 'nothing'): void {
    if (!redis.isUp || nowMs < redis.standsUntilMs) return;
    const { random } = this.world;
    redis.die();
    this.during(random.between(1, 3000), () => {
      if (!redis.isUp) redis.start(which, random.pick([0, 20, 1500]));
    });
  }

  private failOver({ redis, losses }: SimSite, lagMs: number): void {
    losses.push(this.world.schedule.nowMs);
    redis.failOver(lagMs);
  }

  private withOptions({ redis }: SimSite, options: Partial<SimSite['redis']['options']>): void {
    redis.options = { ...redis.options, ...options };
    this.during(this.world.random.between(200, 6000), () => {
      redis.options = { ...redis.options, maxMemory: 0 };
    });
  }

  private evictSome({ redis, target, serves }: SimSite): void {
    if (!serves) return;
    const keys = [...(redis.data.get(target.database)?.keys() ?? [])];
    for (let left = this.world.random.between(1, 5); left > 0 && keys.length > 0; left--)
      redis.evict(target.database, this.world.random.pick(keys));
    redis.endSoon();
  }

  private takeRight({ redis }: SimSite, right: string): void {
    redis.denied.add(right);
    this.during(this.world.random.between(200, 4000), () => redis.denied.delete(right));
  }

  private partition(site: SimSite): void {
    const { world } = this;
    const others = world.nodes.filter((node) => node !== site.node);
    for (const other of others) {
      world.network.cut(site.node, other);
      world.network.cut(other, site.node);
    }
    this.during(world.random.between(100, 5000), () => {
      for (const other of others) {
        world.network.mend(site.node, other);
        world.network.mend(other, site.node);
      }
    });
  }

  /** Ends after so long, or when all faults end. */
  private during(ms: number, end: () => void): void {
    const once = (): void => {
      if (this.ends.delete(once)) end();
    };
    this.ends.add(once);
    this.world.schedule.after(ms, once);
  }
}
