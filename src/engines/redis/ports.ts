import type { RedisTarget } from './target.js';
import { openWire } from './tcp-wire.js';

/** Bytes to and from one server, in order. What it tells comes in a later turn than the call that made the wire. */
export interface Wire {
  /** The bytes may be used again once it returns. */
  onBytes: (bytes: Uint8Array) => void;
  /** The other end, or the kernel, has taken a piece that was written. */
  onTaken: () => void;
  /** Called when it is over for another reason than `destroy`. */
  onEnd: (error: Error) => void;
  /** The pieces are the wire's from now on. */
  write(pieces: readonly Buffer[]): void;
  /** Takes nothing in until `resume`: what comes meanwhile waits. */
  pause(): void;
  resume(): void;
  destroy(): void;
}

/** What the bridge has from outside: connections, clocks, timers and chance. A simulation supplies its own. */
export interface Ports {
  /** Rejects where nobody answers within `timeoutMs`. */
  dial(target: RedisTarget, timeoutMs: number): Promise<Wire>;
  /** Unix time. */
  wallMs(): number;
  monoMs(): number;
  /** Calls `run` once, after so long. Returns what calls it off. */
  after(ms: number, run: () => void): () => void;
  /** Calls `run` once this turn is over. */
  soon(run: () => void): void;
  /** 0 <= x < 1. */
  random(): number;
  readonly slices: Slices;
}

/** Large collections are dealt with in slices, between which all else has its turn. */
interface Slices {
  /** So many elements make a collection a large one. */
  readonly from: number;
  /** So many elements at most are asked of Redis in one call. */
  readonly asked: number;
  /** So many elements are compared in one slice. */
  readonly elements: number;
  /** So many of what the node has are brought up to date in one, and that without a slice of its own. */
  readonly patches: number;
  /** So many changes of them are written in one. */
  readonly changes: number;
  /** So many elements are written to Redis at once, which does nothing else meanwhile. */
  readonly writes: number;
  /** How long one takes, in milliseconds: what it shares its turn with, and the collection of garbage, come on top of that. */
  readonly ms: number;
}

export const REAL_PORTS: Ports = {
  dial: openWire,
  wallMs: Date.now,
  monoMs: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  soon: (run) => void setImmediate(run),
  random: Math.random,
  slices: { from: 1024, asked: 512, elements: 2048, patches: 256, changes: 1024, writes: 512, ms: 3 },
};
