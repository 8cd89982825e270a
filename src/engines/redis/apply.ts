import { clientKeyOf } from '../../core/model/entry.js';
import {
  announce,
  argumentsOf,
  chooseWrites,
  commandOf,
  largeAfter,
  noteDump,
  ofOneKind,
  prepareWrites,
  type Write,
  wasOvertaken,
  wasRefused,
  wasWritten,
} from './apply-outcome.js';
import type { Connection } from './connection.js';
import { elementArguments, elementCommands } from './element-writes.js';
import { isOfServer } from './failures.js';
import { isThere } from './large-entry.js';
import { RedisFailure, type RedisReply } from './reply-parser.js';
import type { Scope } from './scope.js';
import { ScriptApply } from './script-apply.js';
import { bufferOf, clientBuffer, type Site } from './site.js';
import { statesOf } from './sliced-read.js';
import type { State } from './state.js';

const KEYS_MAX = 256;

/**
 * Writes to Redis what the node has from elsewhere: by compare-and-set in a transaction over WATCH, which the tracking of this
 * connection does not echo. Where Redis holds something else than the node last knew, the application was faster: its write
 * is captured first, gets its version, and the last write wins.
 *
 * A transaction that Redis refuses, as it does for one key without a right, or when its memory is full, is done key by key.
 */
export class Apply {
  /** Halved when the application wrote to one of the watched keys in between, so that busy keys do not hold up others. */
  private batch = KEYS_MAX;
  private readonly single: ScriptApply;

  constructor(
    private readonly site: Site,
    private readonly connection: Connection,
    private readonly scope: Scope,
  ) {
    this.single = new ScriptApply(site, connection, scope);
  }

  /** Returns whether there was something to do. */
  async step(): Promise<boolean> {
    const { site, connection } = this;
    await prepareWrites(site);
    const { writes, kind } = ofOneKind(site, chooseWrites(site, connection, this.scope, this.batch));
    if (writes.length === 0) return false;
    const announced = announce(site, writes);
    connection.working = { ids: writes.map(({ id }) => id), way: 'to-redis' };
    const hasWritten =
      (kind === 'known' && (await this.tryTogether(writes, announced))) ||
      (kind === 'elements' && (await this.tryElements(writes, announced))) ||
      (await this.single.apply(writes, kind, announced));
    site.leftOut.acquit(connection.working.ids);
    connection.working = null;
    return hasWritten;
  }

  /** Returns false if Redis refused them as a whole. */
  private async tryTogether(chosen: readonly Write[], announced: Promise<void>): Promise<boolean> {
    const { site, connection } = this;
    const clientKeys = chosen.map(({ key }) => bufferOf(clientKeyOf(key)));
    const watching = connection.send('WATCH', ...clientKeys);
    const [watched, looked] = await Promise.allSettled([watching, connection.look(clientKeys, site.largeFrom)]);
    if (looked.status === 'rejected') throw this.notSent(chosen, looked.reason);
    if (watched.status === 'rejected') return this.refused(chosen, watched.reason);
    const ids = chosen.map(({ id }) => id);
    const states = await statesOf(site, connection, ids, looked.value).catch((error: unknown) => {
      throw this.notSent(chosen, error);
    });
    await announced;
    const writes = site.ledger.together(() => chosen.filter((write, i) => this.isToWrite(write, states[i]!)));
    if (writes.length > 0) return this.write(writes);
    await connection.send('UNWATCH');
    return true;
  }

  /**
   * Elements of collections, likewise: then Redis does not tell of them. Returns false if nothing was written, as where the application writes
   * to one of the keys all the time.
   */
  private async tryElements(chosen: readonly Write[], announced: Promise<void>): Promise<boolean> {
    const { site, connection } = this;
    if (chosen.some(({ id }) => site.dirty.has(id))) return false;
    const ids = chosen.map(({ id }) => id);
    const watching = connection.send('WATCH', ...chosen.map(({ key }) => clientBuffer(key)));
    const looking = chosen.map(({ key, elements }) =>
      connection.elements('look', clientBuffer(key), elementArguments(elements!)),
    );
    const [watched, ...looked] = await Promise.allSettled([watching, ...looking]);
    await announced;
    if (watched.status === 'rejected' || !looked.every(isOne)) {
      await connection.send('UNWATCH');
      return false;
    }
    const commands = chosen.flatMap(({ key, elements }) => elementCommands(clientBuffer(key), elements!));
    const queued = { resolve: () => {}, reject: () => {} };
    connection.post(queued, 'MULTI');
    for (const { id } of chosen) connection.evictions.writes(id);
    for (const command of commands) connection.postAll(queued, command);
    const [done] = await Promise.allSettled([connection.send('EXEC')]);
    if (done.status === 'rejected' && !(done.reason instanceof RedisFailure)) throw done.reason;
    const isDone = done.status === 'fulfilled' && Array.isArray(done.value) && !done.value.some(isFailure);
    if (!isDone) return false;
    await site.reached(connection);
    await prepareWrites(site, ids);
    site.ledger.together(() => {
      for (const write of chosen) wasWritten(site, connection, write);
    });
    return true;
  }

  private refused(writes: readonly Write[], error: unknown): false {
    if (!(error instanceof RedisFailure)) throw error;
    for (const { id } of writes) this.connection.wasNotWritten(id);
    if (isOfServer(error)) throw this.notSent(writes, error);
    return false;
  }

  private notSent(writes: readonly Write[], error: unknown): unknown {
    for (const { id } of writes) this.site.ledger.wasNotSent(id);
    return error;
  }

  private isToWrite(write: Write, state: State | RedisFailure): boolean {
    const { site } = this;
    if (state instanceof RedisFailure) {
      wasRefused(site, write, state);
      return false;
    }
    if (site.ledger.isBase(write.id, state, site.nowMs())) return true;
    wasOvertaken(site, this.connection, write, state);
    return false;
  }

  private async write(writes: readonly Write[]): Promise<boolean> {
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
    for (const write of writes) {
      const command = commandOf(write, nowMs, connection.info);
      connection.writes(write.id, command);
      connection.post(queued, ...argumentsOf(command));
    }
    // What Redis makes of a dump: another server's may dump otherwise from then on. One reply, at the same moment.
    const typed = writes.filter(({ entry }) => entry?.type !== undefined && isThere(entry, nowMs));
    const look =
      typed.length === 0
        ? null
        : connection.lookQueued(
            typed.map(({ key }) => clientBuffer(key)),
            Math.max(...typed.map((write) => largeAfter(this.site, write))),
          );
    const executing = connection.send('EXEC');
    // What was refused when it was queued, as by a Redis that is out of memory, makes EXEC fail as a whole.
    const [done] = await Promise.allSettled([executing, look]);
    if (done.status !== 'fulfilled') return this.refused(writes, refusal ?? done.reason);
    const replies = done.value;
    await this.site.reached(connection);
    if (!Array.isArray(replies)) {
      this.batch = Math.max(1, this.batch >>> 1);
      for (const { id } of writes) {
        this.site.ledger.wasNotSent(id);
        connection.wasNotWritten(id);
      }
      return true;
    }
    this.batch = Math.min(KEYS_MAX, this.batch * 2);
    this.noteDumps(typed, replies[writes.length]);
    this.site.ledger.together(() => {
      for (const [i, write] of writes.entries()) {
        const reply = replies[i];
        if (reply instanceof RedisFailure) {
          connection.wasNotWritten(write.id);
          wasRefused(this.site, write, reply);
        } else wasWritten(this.site, connection, write);
      }
    });
    return true;
  }

  private noteDumps(typed: readonly Write[], reply: RedisReply | undefined): void {
    // The server has forgotten its scripts: what it makes of these is read.
    if (!Array.isArray(reply)) for (const { id } of typed) this.site.dirty.add(id);
    else for (const [i, write] of typed.entries()) noteDump(this.site, write, reply[i]);
  }
}

// ---------------------------------------------------------------------------------------------------------------------

function isFailure(reply: RedisReply): boolean {
  return reply instanceof RedisFailure;
}

function isOne(looked: PromiseSettledResult<RedisReply>): boolean {
  return looked.status === 'fulfilled' && looked.value === 1;
}
