import type { Bytes } from '../../core/bytes.js';
import { clientKeyOf, type Entry, isLive } from '../../core/entry.js';
import type { Connection } from './connection.js';
import { idOf } from './ledger.js';
import type { Argument } from './redis-client.js';
import { RedisFailure, type RedisReply } from './reply-parser.js';
import { bufferOf, type Site, versionOf } from './site.js';
import { isSame, readLook, type State } from './state.js';

const KEYS_MAX = 256;

interface Write {
  readonly id: string;
  readonly key: Bytes;
  /** As it is written; undefined or a tombstone: a delete. */
  readonly entry: Entry | undefined;
}

/**
 * Writes to Redis what the node has from elsewhere: by compare-and-set in a transaction over WATCH, which the tracking of this
 * connection does not echo. Where Redis holds something else than the node last knew, the application was faster: its write
 * is captured first, gets its version, and the last write wins.
 */
export class Apply {
  /** Halved when the application wrote to one of the watched keys in between, so that busy keys do not hold up others. */
  private batch = KEYS_MAX;

  constructor(
    private readonly site: Site,
    private readonly connection: Connection,
  ) {}

  /** Gives whether there was something to do. */
  async step(): Promise<boolean> {
    const { ledger, dirty, held, conflicts, refused, port } = this.site;
    const isSkipped = (id: string) => dirty.has(id) || held.has(id) || conflicts.has(id) || refused.has(id);
    const keys = ledger.wantedKeys(this.batch, isSkipped);
    if (keys.length === 0) return false;
    port.flush();
    const clientKeys = keys.map((key) => bufferOf(clientKeyOf(key)));
    const watching = this.connection.send('WATCH', ...clientKeys);
    const [looks] = await Promise.all([this.connection.look(clientKeys), watching]);
    const states = looks.map(readLook);
    const writes = keys.flatMap((key, i) => this.decide(key, states[i] ?? null));
    if (writes.length === 0) await this.connection.send('UNWATCH');
    else await this.write(writes);
    return true;
  }

  private decide(key: Bytes, state: State): Write[] {
    const { site } = this;
    const id = idOf(key);
    const difference = site.ledger.get(id);
    if (difference === undefined) return [];
    const entry = site.store.get(key);
    const nowMs = site.nowMs();
    if (site.isAsKnown(id, key, state)) return [{ id, key, entry }];
    if (isSame(site.stateOfEntry(id, entry), state, nowMs)) site.ledger.settle(id);
    else if (difference.isUnsure === true && !site.dirty.has(id)) site.conflicts.set(id, 'cluster');
    else {
      site.counters.overtaken++;
      site.dirty.add(id);
    }
    return [];
  }

  private async write(writes: readonly Write[]): Promise<void> {
    const nowMs = this.site.nowMs();
    const { connection } = this;
    let refusal: Error | null = null;
    const queued = {
      resolve: () => {},
      reject: (error: Error) => {
        refusal ??= error;
      },
    };
    connection.post(queued, 'MULTI');
    for (const write of writes) connection.post(queued, ...commandOf(write, nowMs));
    // What Redis makes of a dump: another server's may dump otherwise from then on. One reply, at the same moment.
    const typed = writes.filter(({ entry }) => entry?.type !== undefined && isLive(entry, nowMs));
    const look = typed.length === 0 ? null : connection.look(typed.map(({ key }) => bufferOf(clientKeyOf(key))));
    const executing = connection.send('EXEC');
    // What was refused when it was queued, as by a Redis that is out of memory, makes EXEC fail as a whole.
    const [done] = await Promise.allSettled([executing, look]);
    if (done.status !== 'fulfilled') throw refusal ?? done.reason;
    const replies = done.value;
    if (!Array.isArray(replies)) {
      this.batch = Math.max(1, this.batch >>> 1);
      return;
    }
    this.batch = Math.min(KEYS_MAX, this.batch * 2);
    this.noteDumps(typed, replies[writes.length]);
    for (const [i, write] of writes.entries()) this.wrote(write, replies[i]);
  }

  private wrote({ id, key, entry }: Write, reply: RedisReply | undefined): void {
    const { site } = this;
    if (reply instanceof RedisFailure) {
      site.refused.set(id, reply.message);
      return site.port.log('error', `Redis does not take a value of ${key.length - 1} bytes of key: ${reply.message}`);
    }
    site.counters.applied++;
    // What has come in meanwhile is compared with what was written now.
    if (versionOf(site.store.get(key)) === versionOf(entry)) site.ledger.settle(id);
    else site.ledger.set(id, { base: site.stateOfEntry(id, entry), wanted: true });
  }

  private noteDumps(typed: readonly Write[], reply: RedisReply | undefined): void {
    if (!Array.isArray(reply)) return;
    for (const [i, { id, entry }] of typed.entries()) {
      const state = readLook(reply[i]);
      if (state !== null && entry !== undefined) this.site.noteLocal(id, entry, state.digest);
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------------

function commandOf({ key, entry }: Write, nowMs: number): Argument[] {
  const clientKey = bufferOf(clientKeyOf(key));
  if (!isLive(entry, nowMs)) return ['DEL', clientKey];
  const value = bufferOf(entry.value);
  const expiry = String(entry.expiryMs);
  if (entry.type !== undefined) return ['RESTORE', clientKey, expiry, value, 'REPLACE', 'ABSTTL'];
  return entry.expiryMs === 0 ? ['SET', clientKey, value] : ['SET', clientKey, value, 'PXAT', expiry];
}
