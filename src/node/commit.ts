import { OperatorError } from '../core/model/errors.js';
import type { Engine } from '../engines/engine.js';
import { RespError } from '../fronts/resp/keyspace.js';

export interface CommitHost {
  readonly engine: Pick<Engine, 'flush' | 'sync'>;
  readonly fsyncAlways: boolean;
  /** Something was written: see to it that it is replicated. */
  changed(): void;
}

/** Makes what was written through one front survive: one commit for all writes of a turn. */
export class Commit {
  /** Something was written since the last one. */
  isDue = false;
  private syncing: Promise<void> | undefined;

  constructor(private readonly hostOf: () => CommitHost) {}

  /** undefined: it is done. Throws, or rejects with, a RespError. */
  run(): Promise<void> | undefined {
    // What a reader is told must be as durable as what a writer is told, so it waits for a sync that is under way too.
    if (!this.isDue) return this.syncing;
    this.isDue = false;
    const { engine, fsyncAlways } = this.hostOf();
    try {
      engine.flush();
    } catch (error) {
      throw uncommitted(error);
    }
    this.hostOf().changed();
    if (!fsyncAlways) return undefined;
    const sync: Promise<void> = engine.sync().then(
      () => this.synced(sync),
      (error: unknown) => {
        this.synced(sync);
        throw uncommitted(error);
      },
    );
    this.syncing = sync;
    return sync;
  }

  private synced(sync: Promise<void>): void {
    if (this.syncing === sync) this.syncing = undefined;
  }
}

// ---

/** The truth about what a turn has changed when its commit failed: it is in memory, and tried again. */
function uncommitted(error: unknown): unknown {
  if (!(error instanceof OperatorError)) return error;
  return new RespError(`MISCONF ${error.message}; what was written just now may or may not survive`);
}
