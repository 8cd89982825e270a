import { type Ports, REAL_PORTS, type Wire } from '../../../src/engines/redis/ports.js';
import type { RedisTarget } from '../../../src/engines/redis/target.js';
import type { BridgedNode } from './bridged-node.js';

const REFUSED_MS = 1;

/** What one run of a node gives its bridge. When the process is gone, nothing that it waited for happens any more. */
export class SimPorts implements Ports {
  private isOver = false;

  constructor(private readonly node: BridgedNode) {}

  end(): void {
    this.isOver = true;
  }

  /** Something of the process happens, once it does not hang. */
  readonly inProcess = (run: () => void): void => {
    if (this.isOver) return;
    this.node.whenAwake(() => {
      if (this.isOver) return;
      this.node.world.hasPromises = true;
      run();
    });
  };

  readonly dial = (target: RedisTarget, timeoutMs: number): Promise<Wire> => {
    const { site, world } = this.node;
    world.note(`${this.node.name} dials ${site.name}`);
    site.dials.push(world.schedule.nowMs);
    return new Promise((resolve, reject) => {
      const line = site.dial(target, this.inProcess);
      const waitMs = line === 'silence' ? timeoutMs : REFUSED_MS;
      world.schedule.after(waitMs, () =>
        this.inProcess(() => {
          if (typeof line === 'string') reject(new Error(line === 'silence' ? 'no answer' : 'connect ECONNREFUSED'));
          else resolve(line);
        }),
      );
    });
  };

  readonly wallMs = (): number => {
    this.node.world.noteClockRead(this.node);
    return this.node.clock.wallMs();
  };

  readonly monoMs = (): number => {
    this.node.world.noteClockRead(this.node);
    return this.node.clock.monoMs();
  };

  readonly after = (ms: number, run: () => void): (() => void) => {
    let isOff = false;
    const { schedule } = this.node.world;
    schedule.after(Math.max(0, ms), () => this.inProcess(() => isOff || run()));
    return () => {
      isOff = true;
    };
  };

  readonly soon = (run: () => void): void => {
    this.node.world.schedule.after(0, () => this.inProcess(run));
  };

  get slices(): Ports['slices'] {
    return this.node.world.bridged.large
      ? { from: 2, asked: 1, elements: 1, patches: 1, changes: 2, writes: 1, ms: 3 }
      : REAL_PORTS.slices;
  }

  readonly random = (): number => this.node.world.random.next();
}
