import type { Wire } from '../../../src/engines/redis/ports.js';
import type { Prng } from '../prng.js';
import type { Scheduler } from '../scheduler.js';
import type { Carrier, ServerClient } from './model/client.js';

/** What answers at the other end of a line. */
export interface Answerer {
  connect(carrier: Carrier): ServerClient;
  receive(client: ServerClient, bytes: Buffer): void;
  disconnect(client: ServerClient): void;
  /** 0: at once; else how long nothing is taken from it. */
  standsForMs(): number;
}

export interface LineOptions {
  readonly delayMaxMs: number;
  /** Chance that bytes come in two parts. */
  readonly splitChance: number;
  /** As much as the kernels hold of what the node has yet to take. */
  readonly socketBytes: number;
}

/** How soon a server that stands still is looked at again. */
const POLL_MS = 20;

/** One connection between a node and a server: bytes in order, late, and lost at any point when it breaks. */
export class Line implements Carrier, Wire {
  onBytes: (bytes: Uint8Array) => void = () => {};
  onTaken: () => void = () => {};
  onEnd: (error: Error) => void = () => {};
  private readonly client: ServerClient;
  private readonly toServer: Buffer[] = [];
  private readonly toNode: Buffer[] = [];
  private isServerOpen = true;
  private isNodeOpen = true;
  private isPaused = false;
  /** Sent by the server, and not taken by the node. */
  private onTheWay = 0;
  private serverAtMs = 0;
  private nodeAtMs = 0;
  private stuckUntilMs = 0;

  constructor(
    private readonly schedule: Scheduler,
    private readonly random: Prng,
    private readonly options: LineOptions,
    private readonly server: Answerer,
    /** Runs what the node's process does, if it still lives, once it is not hanging. */
    private readonly inProcess: (run: () => void) => void,
  ) {
    this.client = server.connect(this);
  }

  get isOver(): boolean {
    return !this.isServerOpen && !this.isNodeOpen;
  }

  /** What the server keeps for the node. */
  get owedBytes(): number {
    return this.isServerOpen ? this.client.outputBytes : 0;
  }

  // ---- the node's end

  write(pieces: readonly Buffer[]): void {
    const bytes = Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
    const at = this.random.chance(this.options.splitChance) ? this.random.between(1, bytes.length) : bytes.length;
    for (const part of [bytes.subarray(0, at), bytes.subarray(at)]) if (part.length > 0) this.carryToServer(part);
    this.schedule.after(0, () => this.inProcess(() => this.isNodeOpen && this.onTaken()));
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.deliver();
  }

  destroy(): void {
    if (!this.isNodeOpen) return;
    this.isNodeOpen = false;
    this.serverAtMs = this.laterOf(this.serverAtMs);
    this.at(this.serverAtMs, () => this.closeInOrder());
  }

  // ---- the server's end

  offer(): void {
    while (this.isServerOpen && this.client.outputBytes > 0 && this.onTheWay < this.options.socketBytes) {
      const bytes = this.client.take(this.options.socketBytes - this.onTheWay);
      this.onTheWay += bytes.length;
      this.nodeAtMs = this.laterOf(this.nodeAtMs);
      this.at(this.nodeAtMs, () => {
        this.toNode.push(bytes);
        this.deliver();
      });
    }
  }

  /** The server ends it: what it had sent comes first. */
  closed(): void {
    if (!this.isServerOpen) return;
    this.isServerOpen = false;
    this.nodeAtMs = this.laterOf(this.nodeAtMs);
    this.at(this.nodeAtMs, () => this.endAtNode('the connection was closed'));
  }

  // ---- faults

  /** It breaks: of what is on the way some still arrives, on either side. */
  break(): void {
    const kept = this.random.between(0, this.toServer.length);
    const rest = this.toServer.splice(kept);
    if (rest[0] !== undefined && this.random.chance(0.5)) {
      this.toServer.push(rest[0].subarray(0, this.random.between(0, rest[0].length)));
    }
    this.deliverToServer();
    this.closeAtServer();
    this.endAtNode('read ECONNRESET');
  }

  /** Nothing arrives at either end until then. */
  stick(untilMs: number): void {
    this.stuckUntilMs = Math.max(this.stuckUntilMs, untilMs);
  }

  // ---- helpers

  private carryToServer(bytes: Buffer): void {
    this.toServer.push(bytes);
    this.serverAtMs = this.laterOf(this.serverAtMs);
    this.at(this.serverAtMs, () => this.deliverOne());
  }

  /** A server that stands still takes nothing. */
  private deliverOne(): void {
    const standsMs = this.isServerOpen ? this.server.standsForMs() : 0;
    if (standsMs > 0) {
      this.schedule.after(Math.min(standsMs, POLL_MS), () => this.deliverOne());
      return;
    }
    const bytes = this.toServer.shift();
    if (bytes !== undefined && this.isServerOpen) this.server.receive(this.client, bytes);
  }

  private deliverToServer(): void {
    if (this.server.standsForMs() > 0) this.toServer.length = 0;
    while (this.toServer.length > 0) this.deliverOne();
  }

  /** A server that stands still reads first what it was sent, however late, and then that the other end is gone. */
  private closeInOrder(): void {
    if (this.isServerOpen && this.toServer.length > 0) this.schedule.after(POLL_MS, () => this.closeInOrder());
    else this.closeAtServer();
  }

  private closeAtServer(): void {
    if (!this.isServerOpen) return;
    this.isServerOpen = false;
    this.server.disconnect(this.client);
  }

  private deliver(): void {
    this.inProcess(() => {
      while (!this.isPaused && this.isNodeOpen && this.toNode.length > 0) {
        const bytes = this.toNode.shift()!;
        this.onTheWay -= bytes.length;
        this.onBytes(bytes);
      }
      this.offer();
    });
  }

  private endAtNode(why: string): void {
    this.inProcess(() => {
      if (!this.isNodeOpen) return;
      this.isNodeOpen = false;
      this.onEnd(new Error(why));
    });
  }

  private at(atMs: number, run: () => void): void {
    this.schedule.after(Math.max(0, atMs - this.schedule.nowMs), () => {
      if (this.schedule.nowMs < this.stuckUntilMs) this.at(this.stuckUntilMs, run);
      else run();
    });
  }

  private laterOf(atMs: number): number {
    const delayMs = Math.floor(this.options.delayMaxMs * this.random.next() ** 3);
    return Math.max(atMs, this.schedule.nowMs + delayMs);
  }
}
