/** The time of an engine. A port, so that a simulation decides how it passes. */
export interface EngineTimers {
  /** Milliseconds from an arbitrary start; never steps back. */
  monoMs(): number;
  /** Does not keep the process alive. Returns what undoes it. */
  after(ms: number, run: () => void): () => void;
}

export const nodeTimers: EngineTimers = {
  monoMs: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
};
