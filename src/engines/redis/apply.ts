import type { Bytes } from '../../core/bytes.js';
import { clientKeyOf, isLive } from '../../core/entry.js';
import {
  type Command,
  commandOf,
  noteDump,
  type Write,
  wasOvertaken,
  wasRefused,
  wasWritten,
} from './apply-outcome.js';
import type { Connection } from './connection.js';
import { idOf } from './ledger.js';
import type { Argument } from './redis-client.js';
import { RedisFailure, type RedisReply } from './reply-parser.js';
import { bufferOf, type Site } from './site.js';
import { readLook, type State } from './state.js';

const KEYS_MAX = 256;

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
    if (site.isAsKnown(id, key, state))
      return site.ledger.get(id) === undefined ? [] : [{ id, key, entry: site.store.get(key) }];
    wasOvertaken(site, id, key, state);
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
    for (const write of writes) connection.post(queued, ...argumentsOf(commandOf(write, nowMs, connection.info)));
    // What Redis makes of a dump: another server's may dump otherwise from then on. One reply, at the same moment.
    const typed = writes.filter(({ entry }) => entry?.type !== undefined && isLive(entry, nowMs));
    const look = typed.length === 0 ? null : connection.look(typed.map(({ key }) => bufferOf(clientKeyOf(key))));
    const executing = connection.send('EXEC');
    // What was refused when it was queued, as by a Redis that is out of memory, makes EXEC fail as a whole.
    const [done] = await Promise.allSettled([executing, look]);
    if (done.status !== 'fulfilled') throw refusal ?? done.reason;
    const replies = done.value;
    await this.site.reached(connection);
    if (!Array.isArray(replies)) {
      this.batch = Math.max(1, this.batch >>> 1);
      return;
    }
    this.batch = Math.min(KEYS_MAX, this.batch * 2);
    this.noteDumps(typed, replies[writes.length]);
    for (const [i, write] of writes.entries()) {
      const reply = replies[i];
      if (reply instanceof RedisFailure) wasRefused(this.site, write, reply);
      else wasWritten(this.site, write);
    }
  }

  private noteDumps(typed: readonly Write[], reply: RedisReply | undefined): void {
    if (!Array.isArray(reply)) return;
    for (const [i, write] of typed.entries()) noteDump(this.site, write, readLook(reply[i]));
  }
}

// ---------------------------------------------------------------------------------------------------------------------

function argumentsOf({ name, key, bytes, expiry }: Command): Argument[] {
  if (name === 'DEL') return [name, key];
  if (name === 'RESTORE') return [name, key, expiry, bytes, 'REPLACE', 'ABSTTL'];
  return expiry === '0' ? [name, key, bytes] : [name, key, bytes, 'PXAT', expiry];
}
