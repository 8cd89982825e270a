import type { Message } from '../../core/replication/messages.js';

/** Undoes what a timer was set for. */
export type Cancel = () => void;

/** The disk of a node, as far as the driver deals with it; see Engine. */
interface DriverDisk {
  readonly position: number;
  readonly durablePosition: number;
  flush(): void;
  sync(): Promise<number>;
}

/** The connections of a node. Each ends in one `linkDown`, each dial in one `linkUp` or one `dialFailed`, never inside of the call. */
export interface DriverLinks {
  send(link: number, message: Message): void;
  /** After what was sent before. `linkDown` follows. */
  close(link: number): void;
  dial(address: string, timeoutMs: number): void;
}

export interface Timers {
  /** Once the events that are there already have been dealt with. */
  soon(run: () => void): void;
  after(ms: number, run: () => void): Cancel;
  every(ms: number, run: () => void): Cancel;
}

/** What the driver needs from outside. */
export interface DriverPorts {
  readonly disk: DriverDisk;
  readonly links: DriverLinks;
  readonly timers: Timers;
  /** Milliseconds from an arbitrary start; never steps back. */
  monoMs(): number;
  /** 0 <= x < 1. */
  random(): number;
  /** The share of the time since the last call for which the event loop had something to do. */
  load(): number;
}
