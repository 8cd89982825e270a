import type { Message } from '../../src/core/replication/messages.js';
import type { Prng } from './prng.js';
import type { Scheduler } from './scheduler.js';

/** One end of a connection, as the network sees it. */
export interface Endpoint {
  readonly name: string;
  readonly isUp: boolean;
  /** Of which start of its process something is. */
  readonly currentEpoch: number;
  /** `dialled`: the address that it dialled; null: the other end did. */
  linkUp(link: number, dialled: string | null): void;
  linkDown(link: number): void;
  receive(link: number, message: Message, from: Endpoint): void;
  dialFailed(address: string): void;
}

/** null: the other end closed, after all that it sent before. */
type Packet = Message | null;

/** One direction of a connection: in order, and stuck while its way is cut, as TCP is. */
interface Way {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly packets: { readonly packet: Packet; readonly readyMs: number }[];
  lastReadyMs: number;
  draining: boolean;
}

interface Connection {
  readonly link: number;
  readonly dialler: Endpoint;
  readonly listener: Endpoint;
  readonly ways: readonly [Way, Way];
  readonly open: Set<Endpoint>;
}

export interface NetworkOptions {
  readonly delayMinMs: number;
  readonly delayMaxMs: number;
  /** Chance of a single message to be lost, or delivered twice, inside a session. 0 on a network of TCP links. */
  readonly lossChance: number;
  readonly duplicateChance: number;
}

/** TCP-like connections over a network whose ways can be cut, each direction for itself. */
export class Network {
  onDeliver: (from: Endpoint, to: Endpoint, message: Message) => void = () => {};
  private readonly connections = new Map<number, Connection>();
  private readonly cuts = new Map<string, number>();
  private links = 0;

  constructor(
    private readonly schedule: Scheduler,
    private readonly random: Prng,
    public options: NetworkOptions,
  ) {}

  /** `to`: null: there is no such machine. Where the way is cut nothing comes back, and the dial ends with its time. */
  dial(from: Endpoint, to: Endpoint | null, address: string, timeoutMs: number): void {
    const { currentEpoch } = from;
    const later = (ms: number, run: () => void): void =>
      this.schedule.after(ms, () => {
        if (from.isUp && from.currentEpoch === currentEpoch) run();
      });
    const fail = (): void => from.dialFailed(address);
    const waitMs = this.delay() + this.delay();
    later(waitMs, () => {
      if (to === null || this.isCut(from, to) || this.isCut(to, from)) return later(timeoutMs - waitMs, fail);
      if (!to.isUp) return fail();
      this.connect(from, to, address);
    });
  }

  send(link: number, from: Endpoint, message: Message): void {
    const connection = this.connections.get(link);
    if (connection === undefined || !connection.open.has(from)) return;
    const { lossChance, duplicateChance } = this.options;
    // What is said once in a session is not lost in it: links are TCP.
    const isLossy = message.type === 'changes' || message.type === 'beat';
    if (isLossy && lossChance > 0 && this.random.chance(lossChance)) return;
    const way = wayFrom(connection, from);
    this.push(connection, way, message);
    if (isLossy && duplicateChance > 0 && this.random.chance(duplicateChance)) this.push(connection, way, message);
  }

  /** One end closes: the other hears of it after what was sent before. The end itself hears that it is down a little later. */
  close(link: number, from: Endpoint): void {
    const { currentEpoch } = from;
    if (!this.closeQuietly(link, from)) return;
    this.schedule.after(this.delay(), () => {
      if (from.isUp && from.currentEpoch === currentEpoch) from.linkDown(link);
    });
  }

  private closeQuietly(link: number, from: Endpoint): boolean {
    const connection = this.connections.get(link);
    if (connection === undefined || !connection.open.delete(from)) return false;
    this.push(connection, wayFrom(connection, from), null);
    if (connection.open.size === 0) this.connections.delete(link);
    return true;
  }

  /** A machine is gone with all its connections; the others hear of it where the network lets a reset through. */
  drop(endpoint: Endpoint): void {
    for (const connection of [...this.connections.values()]) {
      if (connection.open.has(endpoint)) this.closeQuietly(connection.link, endpoint);
    }
  }

  /** Break a session: what is under way is lost, both ends hear of it. */
  reset(link: number): void {
    const connection = this.connections.get(link);
    if (connection === undefined) return;
    this.connections.delete(link);
    for (const end of [...connection.open]) {
      this.schedule.after(this.delay(), () => {
        if (connection.open.delete(end)) end.linkDown(link);
      });
    }
  }

  /** Nothing is cut. */
  get isWhole(): boolean {
    return this.cuts.size === 0;
  }

  get sessions(): number[] {
    return [...this.connections.keys()];
  }

  cut(from: Endpoint, to: Endpoint): void {
    const way = `${from.name}>${to.name}`;
    this.cuts.set(way, (this.cuts.get(way) ?? 0) + 1);
  }

  mend(from: Endpoint, to: Endpoint): void {
    const way = `${from.name}>${to.name}`;
    const count = (this.cuts.get(way) ?? 0) - 1;
    if (count > 0) this.cuts.set(way, count);
    else this.cuts.delete(way);
    this.resume(from, to);
  }

  mendAll(): void {
    this.cuts.clear();
    for (const connection of this.connections.values()) for (const way of connection.ways) this.drain(connection, way);
  }

  isCut(from: Endpoint, to: Endpoint): boolean {
    return this.cuts.has(`${from.name}>${to.name}`);
  }

  private connect(dialler: Endpoint, listener: Endpoint, address: string): void {
    const link = ++this.links;
    const way = (from: Endpoint, to: Endpoint): Way => ({ from, to, packets: [], lastReadyMs: 0, draining: false });
    const ways = [way(dialler, listener), way(listener, dialler)] as const;
    this.connections.set(link, { link, dialler, listener, ways, open: new Set([dialler, listener]) });
    listener.linkUp(link, null);
    dialler.linkUp(link, address);
  }

  private push(connection: Connection, way: Way, packet: Packet): void {
    way.lastReadyMs = Math.max(way.lastReadyMs, this.schedule.nowMs + this.delay());
    way.packets.push({ packet, readyMs: way.lastReadyMs });
    this.drain(connection, way);
  }

  private resume(from: Endpoint, to: Endpoint): void {
    for (const connection of this.connections.values()) {
      for (const way of connection.ways) if (way.from === from && way.to === to) this.drain(connection, way);
    }
  }

  private drain(connection: Connection, way: Way): void {
    if (way.draining || way.packets.length === 0 || this.isCut(way.from, way.to)) return;
    way.draining = true;
    this.schedule.after(Math.max(0, way.packets[0]!.readyMs - this.schedule.nowMs), () => {
      way.draining = false;
      if (this.isCut(way.from, way.to)) return;
      const next = way.packets.shift();
      if (next !== undefined) this.deliver(connection, way, next.packet);
      this.drain(connection, way);
    });
  }

  private deliver(connection: Connection, way: Way, packet: Packet): void {
    if (!connection.open.has(way.to)) return;
    if (packet === null) {
      connection.open.delete(way.to);
      this.connections.delete(connection.link);
      return way.to.linkDown(connection.link);
    }
    this.onDeliver(way.from, way.to, packet);
    way.to.receive(connection.link, packet, way.from);
  }

  private delay(): number {
    const { delayMinMs, delayMaxMs } = this.options;
    // Mostly near the minimum, seldom near the maximum.
    return delayMinMs + Math.floor((delayMaxMs - delayMinMs) * this.random.next() ** 3);
  }
}

function wayFrom(connection: Connection, from: Endpoint): Way {
  return connection.ways[0].from === from ? connection.ways[0] : connection.ways[1];
}
