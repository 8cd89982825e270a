import { advice } from '../../hints/advice.js';
import { Alarm } from './alarm.js';
import type { Obstacle } from './bridge-status.js';
import { type Ports, REAL_PORTS } from './ports.js';
import { login, RedisClient } from './redis-client.js';
import type { RedisReply } from './reply-parser.js';
import { Shard, type ShardListener } from './shard.js';
import type { Site } from './site.js';
import { SLOTS, SlotSet } from './slots.js';
import { formatted, type RedisAddress, type RedisTarget, reachedAt } from './target.js';
import { readSlotMoves, WaitingSlots } from './waiting-slots.js';

const REFRESH_MS = 1000;
const REFRESH_MS_MIN = 100;
const ASK_MS_MAX = 2000;

/** The masters of a Redis Cluster, by their addresses, with their slots, as a member of it says. */
export interface ClusterView {
  /** Grows with every change that the members agreed on. */
  readonly epoch: number;
  readonly masters: ReadonlyMap<string, { readonly address: RedisAddress; readonly slots: SlotSet }>;
}

/**
 * Keeps one shard for each master of a Redis Cluster. The members are asked once a second, and at once when a shard finds that
 * keys are elsewhere: a master that was cut off does not know that it was replaced, so the view of the latest epoch counts.
 */
export class Topology {
  problem: string | null = null;
  obstacles: Obstacle[] = [];
  /** All masters that there were: the seeds may be gone. */
  private readonly seen = new Map<string, RedisAddress>();
  private readonly byAddress = new Map<string, Shard>();
  private readonly alarm: Alarm;
  private readonly waitingSlots = new WaitingSlots();
  private stopping = false;
  private covered = 0;
  private epoch = 0;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly site: Site,
    private readonly shards: Shard[],
    private readonly listener: ShardListener,
  ) {
    this.alarm = new Alarm(site.ports);
  }

  /** Whether every slot has a master. */
  get isWhole(): boolean {
    return this.covered === SLOTS;
  }

  start(): void {
    this.running = this.run();
  }

  refreshSoon(): void {
    this.alarm.signal();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.alarm.signal();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      try {
        const view = await this.look();
        if (view.epoch >= this.epoch) await this.follow(view);
        if (this.problem !== null)
          this.site.port.log('info', `${this.site.target.label} answers again`, { kind: 'redis', over: true });
        this.problem = null;
      } catch (error) {
        const { message } = error as Error;
        if (message !== this.problem)
          this.site.port.log('warn', `${this.site.target.label}: ${message}`, { kind: 'redis' });
        this.problem = message;
      }
      this.waitingSlots.note(this.site.waiting, this.site.ports.monoMs());
      this.site.waiting.clear();
      this.obstacles = await this.stuckSlots(this.site.ports.monoMs());
      this.site.signal();
      await new Promise<void>((resolve) => this.site.ports.after(REFRESH_MS_MIN, resolve));
      if (!this.stopping) await this.alarm.sleep(REFRESH_MS);
    }
  }

  /** The view of the latest epoch among those of the masters; where none of them answers, of the seeds. */
  private async look(): Promise<ClusterView> {
    const { target, ports } = this.site;
    const known = [...this.byAddress.values()].map((shard) => askShard(shard, target));
    const views = await answersOf(known, ports);
    if (views.length === 0)
      views.push(
        ...(await answersOf(
          this.addresses().map((address) => askServer(target, address, ports)),
          ports,
        )),
      );
    const [latest] = views.sort((a, b) => b.epoch - a.epoch || b.masters.size - a.masters.size);
    if (latest === undefined) throw new Error('none of its members answers');
    return latest;
  }

  private async stuckSlots(nowMs: number): Promise<Obstacle[]> {
    const stuck = this.waitingSlots.stuck(nowMs);
    if (stuck.length === 0) return [];
    const asked = this.shards.map(async (shard) => ({
      label: shard.label,
      moves: readSlotMoves(String(await shard.ask('CLUSTER', 'NODES'))),
    }));
    const answers = await answersOf(asked, this.site.ports);
    return stuck.map(({ slot, keys, sinceMs }) => {
      const from = answers.find(({ moves }) => moves.migrating.has(slot));
      const to = answers.find(({ moves }) => moves.importing.has(slot));
      const seconds = Math.round((nowMs - sinceMs) / 1000);
      const cli = this.shards[0]?.server?.product === 'Valkey' ? 'valkey-cli' : 'redis-cli';
      const source = from?.label ?? to?.moves.importing.get(slot);
      const target = to?.label ?? from?.moves.migrating.get(slot);
      const what = source === undefined ? 'no master gives its keys' : `is being moved from ${source} to ${target}`;
      return {
        keys,
        text: `slot ${slot}: ${what}; ${keys} keys have been waiting for ${seconds} s`,
        next: advice(
          `${cli} --cluster fix ${source ?? formatted(this.addresses()[0]!)}`,
          'If nobody is moving slots any more.',
        ),
      };
    });
  }

  private addresses(): RedisAddress[] {
    const all = new Map(this.site.target.seeds.map((seed) => [formatted(seed), seed]));
    for (const [text, address] of this.seen) all.set(text, address);
    return [...all.values()];
  }

  private async follow(view: ClusterView): Promise<void> {
    this.epoch = view.epoch;
    const gone = [...this.byAddress].filter(([name]) => !view.masters.has(name));
    // What a shard has read is noted down before another one reads the same keys.
    await Promise.all(gone.map(([name, shard]) => this.drop(name, shard)));
    this.covered = 0;
    for (const [name, { address, slots }] of view.masters) {
      this.covered += slots.size;
      this.seen.set(name, address);
      const shard = this.byAddress.get(name);
      if (shard !== undefined) shard.own(slots);
      else if (!this.stopping) this.add(name, address, slots);
    }
  }

  private async drop(name: string, shard: Shard): Promise<void> {
    this.byAddress.delete(name);
    this.shards.splice(this.shards.indexOf(shard), 1);
    await shard.stop();
  }

  private add(name: string, address: RedisAddress, slots: SlotSet): void {
    const { site, listener } = this;
    const shard = new Shard(site, name, async () => ({ ...site.target, ...address }), slots, listener);
    this.byAddress.set(name, shard);
    this.shards.push(shard);
    shard.start();
  }
}

/** What one member says; its own connection is closed again. */
export async function askServer(
  target: RedisTarget,
  address: RedisAddress,
  ports: Ports = REAL_PORTS,
): Promise<ClusterView> {
  const client = await RedisClient.connect({ ...target, ...address }, ports);
  try {
    await login(client, target);
    return await viewBy((...args) => client.send(...args), target, address.host);
  } finally {
    client.close();
  }
}

// ---------------------------------------------------------------------------------------------------------------------

async function askShard(shard: Shard, target: RedisTarget): Promise<ClusterView> {
  const host = shard.label.slice(0, shard.label.lastIndexOf(':')).replace(/^\[|\]$/g, '');
  return viewBy((...args) => shard.ask(...args), target, host);
}

async function answersOf<T>(asked: readonly Promise<T>[], ports: Ports): Promise<T[]> {
  let callOff = (): void => {};
  const late = new Promise<never>((_, reject) => {
    callOff = ports.after(ASK_MS_MAX, () => reject(new Error('no answer')));
  });
  late.catch(() => {});
  const answers = await Promise.allSettled(asked.map((one) => Promise.race([one, late])));
  callOff();
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
}

/** @param host where the member was reached, which it may leave out of its answer */
async function viewBy(
  send: (...args: string[]) => Promise<RedisReply>,
  target: RedisTarget,
  host: string,
): Promise<ClusterView> {
  const [info, slots] = await Promise.all([send('CLUSTER', 'INFO'), send('CLUSTER', 'SLOTS')]);
  const text = String(info);
  if (!Array.isArray(slots)) throw new Error('no list of slots');
  const masters = new Map<string, { address: RedisAddress; slots: SlotSet }>();
  for (const row of slots) {
    const [first, last, master] = row as [number, number, [Buffer | null, number]];
    const named = String(master[0] ?? '');
    const address = reachedAt(target, { host: named === '' || named === '?' ? host : named, port: Number(master[1]) });
    const name = formatted(address);
    const known = masters.get(name) ?? { address, slots: new SlotSet() };
    known.slots.addRange(first, last);
    masters.set(name, known);
  }
  return { epoch: Number(/cluster_current_epoch:(\d+)/.exec(text)?.[1] ?? 0), masters };
}
