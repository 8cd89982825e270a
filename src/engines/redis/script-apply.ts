import {
  announce,
  argumentsOf,
  chooseWrites,
  commandOf,
  haveChanged,
  type Kind,
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
import { elementArguments } from './element-writes.js';
import { isElsewhere, isOfServer, reasonOf } from './failures.js';
import { gather } from './redis-client.js';
import { RedisFailure, type RedisReply } from './reply-parser.js';
import type { Scope } from './scope.js';
import { clientBuffer, type Site } from './site.js';
import { statesOf } from './sliced-read.js';
import { largeIn, readLook } from './state.js';

const KEYS_MAX = 256;

/**
 * Writes to Redis what the node has from elsewhere, by a script that compares and sets one key: in a Redis Cluster a
 * transaction could hold keys of one slot alone, and elsewhere one key could make it fail. Unlike a transaction it is reported
 * by the tracking of its own connection; that is read once more, and found to be what the node knows.
 */
export class ScriptApply {
  constructor(
    private readonly site: Site,
    private readonly connection: Connection,
    private readonly scope: Scope,
  ) {}

  /** Returns whether there was something to do. */
  async step(): Promise<boolean> {
    const { site, connection } = this;
    await prepareWrites(site);
    const { writes, kind } = ofOneKind(site, chooseWrites(site, connection, this.scope, KEYS_MAX));
    if (writes.length === 0) return false;
    const announced = announce(site, writes);
    connection.working = { ids: writes.map(({ id }) => id), way: 'to-redis' };
    const hasWritten = await this.apply(writes, kind, announced);
    site.leftOut.acquit(connection.working.ids);
    connection.working = null;
    return hasWritten;
  }

  /**
   * What one key meets is that key's alone. Rejects with what every key would meet.
   * @param announced see {@link announce}
   * @returns false if all of them wait for what the application has changed to be read
   */
  async apply(writes: readonly Write[], kind: Kind, announced: Promise<void>): Promise<boolean> {
    await announced;
    if (kind === 'elements') return this.applyElements(writes);
    await (kind === 'new' ? this.applyNew(writes) : this.applyKnown(writes));
    return true;
  }

  // ---

  private async applyKnown(writes: readonly Write[]): Promise<void> {
    const { site } = this;
    const nowMs = site.nowMs();
    const done = await Promise.allSettled(writes.map((write) => this.send(write, nowMs)));
    for (const [i, write] of writes.entries())
      if (isOverLarge(done[i]!)) [done[i]] = await Promise.allSettled([this.sendOverLarge(write, nowMs)]);
    await site.reached(this.connection);
    this.takeAll(writes, done, (write, reply) => this.take(write, reply));
  }

  /** Strings that Redis has nothing of, see {@link ofOneKind}. */
  private async applyNew(writes: readonly Write[]): Promise<void> {
    const { site, connection } = this;
    const outcomes = await gather(writes.length, (waiter) => {
      for (const write of writes) {
        // What has expired since it was chosen is written too, and expires there: a delete would have nothing to delete.
        const command = commandOf(write, 0, connection.info);
        const { key, bytes, expiry } = command;
        connection.writes(write.id, command);
        if (expiry === '0') connection.post(waiter, 'SET', key, bytes, 'NX');
        else connection.post(waiter, 'SET', key, bytes, 'PXAT', expiry, 'NX');
      }
    });
    await site.reached(connection);
    this.takeAll(writes, outcomes, (write, reply) => {
      if (reply !== null) return wasWritten(site, connection, write);
      // It is read, and found to be the entry itself, or a write of the application.
      site.ledger.wasNotSent(write.id);
      connection.wasNotWritten(write.id);
      site.dirty.add(write.id);
    });
  }

  /** Of collections the elements that are to change, whatever the application makes of the others meanwhile. */
  private async applyElements(writes: readonly Write[]): Promise<boolean> {
    const { site, connection } = this;
    const sent = writes.map(({ key, elements }) =>
      connection.elements('set', clientBuffer(key), elementArguments(elements!)),
    );
    const outcomes = await Promise.allSettled(sent);
    await site.reached(connection);
    await prepareWrites(
      site,
      writes.map(({ id }) => id),
    );
    let hasWritten = false;
    this.takeAll(writes, outcomes, (write, reply) => {
      hasWritten ||= reply === 1;
      if (reply === 1) return wasWritten(site, connection, write);
      haveChanged(site, write);
    });
    return hasWritten;
  }

  private takeAll(
    writes: readonly Write[],
    outcomes: readonly PromiseSettledResult<RedisReply>[],
    take: (write: Write, reply: RedisReply) => void,
  ): void {
    const failures: unknown[] = [];
    this.site.ledger.together(() => {
      for (const [i, write] of writes.entries()) {
        const outcome = outcomes[i]!;
        if (outcome.status === 'fulfilled') take(write, outcome.value);
        else if (!this.isTaken(write, outcome.reason)) failures.push(outcome.reason);
      }
    });
    if (failures.length > 0) throw failures[0];
  }

  /** Returns false if every key would meet the failure. */
  private isTaken(write: Write, failure: unknown): boolean {
    // What ended the connection leaves open whether Redis has it.
    if (!(failure instanceof RedisFailure)) return false;
    this.connection.wasNotWritten(write.id);
    this.site.ledger.wasNotSent(write.id);
    if (isElsewhere(failure) && !this.scope.isWhole) this.site.waiting.add(write.id);
    else if (isOfServer(failure)) return false;
    else this.refused(write, failure);
    return true;
  }

  private refused(write: Write, failure: RedisFailure): void {
    // Redis closes the connection over what is longer than it takes: nothing but a change can make it pass.
    const again = failure.message.includes('Protocol error') ? 'when-changed' : 'later';
    this.site.leftOut.note(write.id, 'to-redis', reasonOf(failure), again, this.site.nowMs());
  }

  private send(write: Write, nowMs: number): Promise<RedisReply> {
    const { id, key } = write;
    const known = this.site.comparison.known(id, key);
    const difference = this.site.ledger.get(id);
    const mayBeMissing = difference?.isUnsure === true || difference?.bases.includes(null) === true;
    // The digest without its type: those of strings are longer than those of dumps.
    const digest = known === null ? '' : Buffer.from(known.digest.slice(known.digest.indexOf(':') + 1), 'latin1');
    const expected = [digest, String(known?.expiryMs ?? 0), mayBeMissing ? '1' : '0'];
    const command = commandOf(write, nowMs, this.connection.info);
    const limits = [this.site.largeFrom, largeAfter(this.site, write)].map(String);
    return this.connection.compareAndSet(
      command.key,
      ...expected,
      command.name,
      command.bytes,
      command.expiry,
      ...limits,
    );
  }

  /**
   * In the place of a large collection, which no script compares: it is read in slices, and what is set depends on its being left alone
   * until then. One after the other, since all that is watched is forgotten with a transaction.
   */
  private async sendOverLarge(write: Write, nowMs: number): Promise<RedisReply> {
    const { site, connection } = this;
    const { id } = write;
    const key = clientBuffer(write.key);
    await connection.send('WATCH', key);
    const looks = await connection.look([key], site.largeFrom);
    const [state] = await statesOf(site, connection, [id], looks);
    if (state === undefined || state instanceof RedisFailure || !site.ledger.isBase(id, state, site.nowMs())) {
      await connection.send('UNWATCH');
      if (state instanceof RedisFailure) throw state;
      wasOvertaken(site, connection, write, state ?? null);
      return null;
    }
    const queued = { resolve: () => {}, reject: () => {} };
    const command = commandOf(write, nowMs, connection.info);
    connection.post(queued, 'MULTI');
    connection.writes(id, command);
    connection.post(queued, ...argumentsOf(command));
    const looking = connection.lookQueued([key], largeAfter(site, write));
    const [executed] = await Promise.allSettled([connection.send('EXEC'), looking]);
    if (executed.status === 'rejected') throw executed.reason;
    const [reply, look] = Array.isArray(executed.value) ? executed.value : [];
    if (reply instanceof RedisFailure) throw reply;
    if (reply !== undefined) return [1, Array.isArray(look) ? look[0]! : null];
    // It was changed since, which is reported.
    site.ledger.wasNotSent(id);
    connection.wasNotWritten(id);
    return null;
  }

  /** null: that is taken care of. */
  private take(write: Write, reply: RedisReply): void {
    const { site } = this;
    if (reply === null) return;
    const [code, what] = Array.isArray(reply) ? reply : [];
    if (code === 2) return wasRefused(site, write, new RedisFailure(String(what)));
    if (code === 0) return wasOvertaken(site, this.connection, write, readLook(what));
    noteDump(site, write, what);
    wasWritten(site, this.connection, write);
  }
}

// ---------------------------------------------------------------------------------------------------------------------

/** Whether what was to be replaced is a large collection. */
function isOverLarge(done: PromiseSettledResult<RedisReply>): boolean {
  if (done.status === 'rejected' || !Array.isArray(done.value)) return false;
  const [code, what] = done.value;
  return code === 0 && largeIn(what) !== null;
}
