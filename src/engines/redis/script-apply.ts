import { commandOf, noteDump, type Write, wasOvertaken, wasRefused, wasWritten } from './apply-outcome.js';
import type { Connection } from './connection.js';
import { idOf } from './ledger.js';
import { RedisFailure, type RedisReply } from './reply-parser.js';
import type { Scope } from './scope.js';
import type { Site } from './site.js';
import { readLook } from './state.js';

const KEYS_MAX = 256;

/**
 * Writes to a master of a Redis Cluster what the node has from elsewhere, by a script that compares and sets one key: a
 * transaction could hold keys of one slot alone. Unlike a transaction it is reported by the tracking of its own connection;
 * that is read once more, and found to be what the node knows.
 */
export class ScriptApply {
  constructor(
    private readonly site: Site,
    private readonly connection: Connection,
    private readonly scope: Scope,
  ) {}

  /** Gives whether there was something to do. */
  async step(): Promise<boolean> {
    const { site, scope } = this;
    const { ledger, dirty, held, conflicts, refused, waiting } = site;
    const isSkipped = (id: string): boolean =>
      dirty.has(id) || held.has(id) || conflicts.has(id) || refused.has(id) || waiting.has(id) || !scope.has(id);
    const writes = ledger
      .wantedKeys(KEYS_MAX, isSkipped)
      .map((key) => ({ id: idOf(key), key, entry: site.store.get(key) }));
    if (writes.length === 0) return false;
    site.port.flush();
    const nowMs = site.nowMs();
    const done = await Promise.allSettled(writes.map((write) => this.send(write, nowMs)));
    await site.reached(this.connection);
    for (const [i, outcome] of done.entries()) {
      if (outcome.status === 'fulfilled') this.take(writes[i]!, outcome.value);
      else if (!isElsewhere(outcome.reason)) throw outcome.reason;
      else site.waiting.add(writes[i]!.id);
    }
    return true;
  }

  private send(write: Write, nowMs: number): Promise<RedisReply> {
    const { id, key } = write;
    const known = this.site.known(id, key);
    const isUnsure = this.site.ledger.get(id)?.isUnsure === true;
    // The digest without its type: those of strings are longer than those of dumps.
    const digest = known === null ? '' : Buffer.from(known.digest.slice(known.digest.indexOf(':') + 1), 'latin1');
    const expected = [digest, String(known?.expiryMs ?? 0), isUnsure ? '1' : '0'];
    const command = commandOf(write, nowMs, this.connection.info);
    return this.connection.compareAndSet(command.key, ...expected, command.name, command.bytes, command.expiry);
  }

  private take(write: Write, reply: RedisReply): void {
    const { site } = this;
    const [code, what] = Array.isArray(reply) ? reply : [];
    if (code === 2) return wasRefused(site, write, new RedisFailure(String(what)));
    const state = readLook(what);
    if (code === 0) return wasOvertaken(site, write.id, write.key, state);
    noteDump(site, write, state);
    wasWritten(site, write);
  }
}

// ---------------------------------------------------------------------------------------------------------------------

function isElsewhere(error: unknown): boolean {
  return error instanceof RedisFailure && /^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN|READONLY)\b/.test(error.message);
}
