import type { Hlc } from '../../core/model/hlc.js';
import type { Connection } from './connection.js';
import type { Scope } from './scope.js';
import type { Site } from './site.js';

/** A loop that had no turn for so long heard of nothing, as where the process was stopped. */
const STANDSTILL_MS = 2000;

/**
 * Notices on one connection that the loop of a shard had no turn. Neither side need have noticed, and the connection has lasted: what was
 * reported, and what comes up to a fence, may have changed at any time since.
 */
export class Standstill {
  /** Reports that come may be as old as this. null: they come when things change. */
  since: Hlc | null = null;
  private turnMs = 0;

  constructor(
    private readonly site: Site,
    private readonly scope: Scope,
  ) {}

  /** The loop begins. */
  begin(): void {
    this.turnMs = this.site.ports.monoMs();
  }

  /** @param heard the node's time at which the shard last heard of its server */
  notice(connection: Connection, heard: Hlc): void {
    const stoodMs = this.site.ports.monoMs() - this.turnMs;
    this.turnMs += stoodMs;
    if (stoodMs <= STANDSTILL_MS) return;
    for (const id of this.scope.of(this.site.dirty)) this.site.dirty.mayBeOld(id, heard);
    this.since = heard;
    const done = (): void => {
      this.since = null;
    };
    connection.fence().then(done, done);
  }
}
