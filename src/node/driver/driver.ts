import type { Effect } from '../../core/context.js';
import type { About } from '../../core/model/about.js';
import { OperatorError } from '../../core/model/errors.js';
import type { NodeCore } from '../../core/node.js';
import { FOLD_PACE_MS } from '../../core/replication/housekeeping.js';
import type { Message } from '../../core/replication/messages.js';
import { Dialer } from './dialer.js';
import { Outbox } from './outbox.js';
import type { Cancel, DriverPorts } from './ports.js';
import { SnapshotPace } from './snapshot-pace.js';

export type Stop = Extract<Effect, { kind: 'stop' }>;

/** Where the node may be led, beside the addresses that the records of its cluster name. */
export interface Ways {
  /** Of members to join by. */
  readonly seeds: readonly string[];
  /** Where the operator says that members are now, or where they were found. */
  readonly members: readonly string[];
}

/** Whom the driver works for. */
export interface DriverHost {
  ways(): Ways;
  /** Before each tick, and after it. */
  ticking(): void;
  ticked(): void;
  /** `error`: a fault of ours, which has ended a link. */
  log(level: 'info' | 'warn' | 'error', message: string, about?: About): void;
  /** The core can go on no more. Other effects of the turn may still follow. */
  mustStop(stop: Stop): void;
}

/**
 * Performs what the core asks for: one event loop turn's changes are committed once, and leave in one go. It knows no socket, file,
 * clock or timer but those that it is handed, so that a simulation runs this very code.
 */
export class Driver {
  private readonly dialer: Dialer;
  private readonly outbox: Outbox;
  private readonly pace: SnapshotPace;
  /** The links that stand, with where they were dialled; null: the other end dialled. */
  private readonly links = new Map<number, string | null>();
  private ticks: Cancel | null = null;
  private scheduled = false;
  /** A turn that is due later, so that what follows until then is part of it. */
  private delayed: Cancel | null = null;
  private resting: Cancel | null = null;
  private turnedAtMs = Number.NEGATIVE_INFINITY;
  private isBusy = false;
  private ended = false;

  constructor(
    private readonly core: NodeCore,
    private readonly ports: DriverPorts,
    private readonly host: DriverHost,
  ) {
    this.dialer = new Dialer(ports);
    this.outbox = new Outbox(ports, this.links, (position) => core.durable(position));
    this.pace = new SnapshotPace(() => ports.monoMs());
  }

  /** Ticks from now on. */
  start(): void {
    this.ticks = this.ports.timers.every(this.tickMs(), () => this.tick());
    this.tick();
  }

  /** No turn and no tick any more. */
  halt(): void {
    this.ended = true;
    this.ticks?.();
    this.delayed?.();
    this.resting?.();
  }

  /** Once it is halted: tell the peers that the node stops, and send out what there is. */
  async sendOut(): Promise<void> {
    const { core, ports } = this;
    core.departure.stop();
    while (core.pump());
    this.perform();
    await ports.disk.sync().catch(() => {});
    this.outbox.run();
  }

  // ---- turns

  /** Something changed: messages are made of it once this turn is over. */
  schedule(): void {
    if (this.scheduled || this.ended) return;
    this.scheduled = true;
    this.delayed?.();
    this.delayed = null;
    this.ports.timers.soon(() => this.turn());
  }

  /** Clients have written. With nobody to tell, the next tick is early enough. */
  changed(): void {
    if (this.links.size > 0) this.scheduleWithin(0);
  }

  /** Clients were served. */
  served(): void {
    if (this.core.isGiving) this.pace.served();
  }

  /**
   * As `schedule`, for what comes often. Each turn costs a sync of the disk and a message to each peer, here and there,
   * however much is in it: so turns that are only for this are at least `paceMs` apart, and more if the loop is busy.
   */
  private scheduleWithin(paceMs: number): void {
    if (this.scheduled || this.ended) return;
    const { monoMs, timers } = this.ports;
    const waitMs = (this.isBusy ? BUSY_PACE_MS : paceMs) - (monoMs() - this.turnedAtMs);
    if (waitMs <= 0) return this.schedule();
    this.delayed ??= timers.after(Math.ceil(waitMs), () => this.schedule());
  }

  /** For what may rest until then. */
  private scheduleAfter(waitMs: number): void {
    if (waitMs === 0) return;
    this.resting ??= this.ports.timers.after(Math.ceil(waitMs), () => {
      this.resting = null;
      this.schedule();
    });
  }

  private turn(): void {
    this.scheduled = false;
    if (this.ended) return;
    const { core, pace } = this;
    this.turnedAtMs = this.ports.monoMs();
    const gives = core.isGiving && pace.waitMs === 0;
    if (gives) pace.begin();
    const acts = core.act();
    const hasGiven = gives && core.give();
    const feeds = core.pump();
    this.commit();
    if (gives) pace.end();
    if (acts || feeds || (hasGiven && pace.waitMs === 0)) this.schedule();
    else if (core.isGiving) this.scheduleAfter(pace.waitMs);
    else if (core.isFolding) this.scheduleAfter(FOLD_PACE_MS);
  }

  private tick(): void {
    const { core, host, ports } = this;
    const { disk } = ports;
    this.isBusy = ports.load() >= BUSY;
    host.ticking();
    core.tick();
    this.commit();
    if (disk.durablePosition < disk.position) this.outbox.sync();
    else core.durable(disk.durablePosition);
    this.dialer.want(this.wantedAddresses());
    host.ticked();
    if (core.joining !== null) this.schedule();
    else if (core.isFolding) this.scheduleAfter(FOLD_PACE_MS);
  }

  private commit(): void {
    this.perform();
    this.flush();
    this.outbox.run();
  }

  private perform(): void {
    for (const effect of this.core.takeEffects()) this.performOne(effect);
  }

  private performOne(effect: Effect): void {
    if (effect.kind === 'send' || effect.kind === 'close') this.outbox.add(effect);
    else if (effect.kind === 'log') this.host.log(effect.level, effect.message, effect.about);
    else this.host.mustStop(effect);
  }

  /** What cannot be written now waits in the engine, which tells of it. Nobody is told of what waits. */
  private flush(): void {
    try {
      this.ports.disk.flush();
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
    }
  }

  private tickMs(): number {
    return Math.max(10, Math.min(100, this.core.status.liveness.timeoutMs / 50));
  }

  /** Members where their records say, and the other ways to them. */
  private wantedAddresses(): string[] {
    const { core } = this;
    const records = core.wantedLinks().map(({ address }) => address);
    const { seeds, members } = this.host.ways();
    if (!core.status.self.isJoined) return [...new Set([...seeds, ...records, ...members])];
    return [...new Set([...records, ...core.wantedWays([...members])])];
  }

  // ---- links

  /** `dialled`: the address that this node dialled; null: the other end dialled. */
  linkUp(link: number, dialled: string | null): void {
    this.links.set(link, dialled);
    if (dialled !== null) this.dialer.up(dialled);
    this.core.linkUp(link, dialled !== null, dialled);
    this.schedule();
  }

  receive(link: number, message: Message): void {
    this.deal(link, message);
    if (message.type === 'changes' || message.type === 'ack') this.scheduleWithin(ACK_PACE_MS);
    // A beat seldom asks for anything, and there is one a second of each member: what it tells waits for the next tick. A
    // publication asks for nothing, and may come often.
    else if ((message.type !== 'beat' && message.type !== 'publication') || this.core.hasEffects) this.schedule();
  }

  /** A fault of ours in dealing with a message ends its link, and not the node. */
  private deal(link: number, message: Message): void {
    try {
      this.core.receive(link, message);
    } catch (error) {
      this.host.log('error', error instanceof Error ? (error.stack ?? error.message) : String(error));
      this.core.linkBroken(link, `a ${message.type} that this node failed at (a bug in mneme, see its log)`);
    }
  }

  /** `fault`: what the other end sent that is no message; null: nothing of the kind. */
  linkDown(link: number, fault: string | null): void {
    const dialled = this.links.get(link) ?? null;
    this.links.delete(link);
    if (fault !== null) this.core.linkBroken(link, fault);
    if (dialled !== null) this.dialer.down(dialled);
    this.core.linkDown(link);
    this.schedule();
  }

  dialFailed(address: string): void {
    this.dialer.down(address);
    this.core.dialFailed(address);
  }

  /** How many dials of this address have failed in a row. */
  failuresOf(address: string): number {
    return this.dialer.failuresOf(address);
  }
}

const ACK_PACE_MS = 5;
const BUSY_PACE_MS = 10;
/** From this share of the time on the event loop counts as busy. */
const BUSY = 0.8;
