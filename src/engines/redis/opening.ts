import type { Ports, Wire } from './ports.js';

/** The connections of an attempt, as long as it lasts: a node that stops does not wait for a server that does not answer. */
export class Opening {
  private wires: Wire[] = [];
  private isAbandoned = false;
  private isDone = false;

  constructor(private readonly real: Ports) {}

  get ports(): Ports {
    const { real } = this;
    return {
      dial: (target, timeoutMs) => this.keep(real.dial(target, timeoutMs)),
      wallMs: () => real.wallMs(),
      monoMs: () => real.monoMs(),
      after: (ms, run) => real.after(ms, run),
      soon: (run) => real.soon(run),
      random: () => real.random(),
      slices: real.slices,
    };
  }

  /** It has succeeded or failed: who has its connections ends them from now on. */
  done(): void {
    this.isDone = true;
    this.wires = [];
  }

  abandon(): void {
    this.isAbandoned = true;
    for (const wire of this.wires.splice(0)) wire.onEnd(stops());
  }

  private async keep(dialling: Promise<Wire>): Promise<Wire> {
    const wire = await dialling;
    if (this.isDone) return wire;
    if (this.isAbandoned) {
      wire.destroy();
      throw stops();
    }
    this.wires.push(wire);
    return wire;
  }
}

// ---

function stops(): Error {
  return new Error('the node stops');
}
