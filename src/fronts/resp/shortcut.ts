import { mayGetAndSet } from './access/identity.js';
import { allowedShort } from './access/permission.js';
import { ReplyTooLarge } from './codec/reply-buffer.js';
import type { ReplyWriter } from './codec/reply-writer.js';
import type { RequestParser } from './codec/request-parser.js';
import type { ShortRequest } from './codec/short-request.js';
import type { CommandStats } from './command-stats.js';
import { failure } from './commands/perform.js';
import { RespError } from './keyspace.js';
import { RequestBatch } from './request-batch.js';
import { type Context, isConfined } from './session.js';

/**
 * GET and SET without options, commands of one field or member, and short ranges of sorted sets make up nearly all of a cache's load. While nothing
 * stands in their way they are executed on the bytes as they came, from the socket's memory to the store's and back, with the same outcome as by their commands.
 */
export function canTakeShort({ session, keyspace, host }: Context): boolean {
  if (session.identity === null) return false;
  if (isConfined(session)) return false;
  if (session.watched.hasMissing) return false;
  const isPlain = session.transaction === null && session.replies === 'on' && !host.exclusive.isTaken;
  const { activity, keyEvents } = host;
  return isPlain && !activity.seesEach && !keyEvents.areShort && keyspace.unavailable() === null;
}

/** Executes what it can of the next requests at once, and writes their replies. Returns how many; 0: none. */
export function performAtOnce(
  { session, host, keyspace }: Context,
  parser: RequestParser,
  writer: ReplyWriter,
): number {
  if (!mayGetAndSet(session.identity) || !parser.window(BATCH)) return 0;
  BATCH.database = session.database;
  BATCH.nowMs = session.lastCommandMs;
  BATCH.protocol = session.protocol;
  // Events and samples of keys are told by the commands themselves.
  BATCH.mayHaveParts = !host.keyEvents.isOn && !host.activity.heat.isOn;
  const startedMs = performance.now();
  const { from } = BATCH;
  let writes = keyspace.perform(BATCH, BATCH.nowMs);
  while (BATCH.performed === 0 && BATCH.isToRepeat) writes = keyspace.perform(BATCH, BATCH.nowMs);
  const { performed } = BATCH;
  if (performed > 0) {
    const microseconds = (performance.now() - startedMs) * 1000;
    const { stats, heat } = host.activity;
    stats.performedAtOnce(BATCH.counts, performed, microseconds);
    if (heat.isOn) heat.performedBytes(BATCH.bytes, from, BATCH.end, performed, session.database, startedMs);
    parser.skipTo(BATCH.from);
    writer.copy(BATCH.replies, BATCH.replyBytes);
    host.counters.commands += performed;
    session.lastCommand = BATCH.lastCommand;
    if (writes > 0) session.wrote = true;
  }
  BATCH.release();
  return performed;
}

/** How many of some short requests the client may give, from the first one on. */
export function permitted(
  { session: { identity } }: Context,
  requests: readonly ShortRequest[],
  count: number,
): number {
  if (mayGetAndSet(identity)) return count;
  return identity === null ? 0 : allowedShort(identity, requests, count);
}

/**
 * Executes the first `count` of some short requests, at least one, and writes their replies, until the writer holds `bytesMax`.
 * Returns how many were executed. Throws nothing but a ReplyTooLarge.
 */
export function performShort(
  context: Context,
  requests: readonly ShortRequest[],
  count: number,
  writer: ReplyWriter,
  bytesMax: number,
): number {
  const { session, host, keyspace } = context;
  writer.protocol = session.protocol;
  if (count > 1) keyspace.expectShort(session.database, requests, count);
  const startedMs = performance.now();
  let done = 0;
  do performOne(context, requests[done++]!, writer);
  while (done < count && writer.length < bytesMax);
  host.counters.commands += done;
  const { stats, heat } = host.activity;
  countShort(stats, requests, done, (performance.now() - startedMs) * 1000);
  if (heat.isOn) heat.performedShort(requests, done, session.database, startedMs);
  session.lastCommand = requests[done - 1]!.kind;
  return done;
}

// ---

/** For all connections: what it tells is used at once. */
const BATCH = new RequestBatch();

function countShort(stats: CommandStats, requests: readonly ShortRequest[], count: number, microseconds: number): void {
  let sets = 0;
  for (let i = 0; i < count; i++) if (requests[i]!.kind === 'set') sets++;
  stats.performedShort(count - sets, sets, microseconds);
}

function performOne(context: Context, request: ShortRequest, writer: ReplyWriter): void {
  const { session, keyspace } = context;
  try {
    if (request.kind === 'get') {
      if (!keyspace.readShort(session.database, request, session.lastCommandMs, writer)) writer.null();
    } else {
      session.wrote = true;
      keyspace.writeShort(session.database, request, session.lastCommandMs);
      writer.ok();
    }
  } catch (error) {
    if (error instanceof ReplyTooLarge) throw error;
    const reply = failure(context, error);
    context.host.activity.stats.answeredError(error instanceof RespError ? error.message : 'ERR');
    writer.write(reply);
  }
}
