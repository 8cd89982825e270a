import { heldExpiry } from '../../core/model/expiry.js';
import type { CollectionShape } from '../../core/replication/collections.js';
import { nameText, scoreText } from './collection-dump.js';
import type { Connection, Slices } from './connection.js';
import { type ElementEdit, ElementMap } from './element-map.js';
import { isElsewhere, isOfServer } from './failures.js';
import { isLarge, LargeRead } from './large-entry.js';
import { idToKey } from './ledger.js';
import { RedisFailure, type RedisReply } from './reply-parser.js';
import { knowsFieldExpiries } from './server-info.js';
import { clientBuffer, type Site } from './site.js';
import { inSlices } from './slices.js';
import { largeIn, readLook, type State, stateOfRead } from './state.js';

/**
 * Reads a large collection some hundred elements at a time, so that Redis serves others in between. What comes of it is the key's state where
 * nobody has changed it meanwhile. Else it is something that Redis need never have held; but of each element it says what that was at some
 * moment of the read: one that SCAN does not return was missing at least once, and a value that it returns was there. That is all that is asked
 * of it, since the elements are compared, versioned and written one by one; and its key is reported, so it is read again.
 *
 * Not so where an element went missing because all of it was evicted, or expired, and was begun anew: nobody has taken that one away. Then it
 * is to be read whole, and so is a hash of which some fields have an expiry of their own.
 * @param shapes of these keys. A few are read at a time, and all is concluded together
 */
export async function readInSlices(
  site: Site,
  connection: Connection,
  shapes: ReadonlyMap<string, CollectionShape>,
): Promise<ReadonlyMap<string, SlicedRead>> {
  const found = new Map<string, SlicedRead>();
  if (shapes.size === 0) return found;
  const scanned = new Map<string, Scanned>();
  const left = shapes.entries();
  const work = async (): Promise<void> => {
    for (const [id, shape] of left) {
      const scan = await scanOf(site, connection, id, shape).catch(failureOf);
      if (scan !== null && typeof scan === 'object' && 'taken' in scan) scanned.set(id, scan);
      else found.set(id, scan);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    if (scanned.size > 0) await connection.refresh();
    for (const [id, scan] of scanned) found.set(id, await conclude(site, connection, scan));
  } finally {
    for (const id of shapes.keys()) connection.sliced.delete(id);
  }
  return found;
}

/** null: there is no such key (any more). whole: it is to be read so. */
export type SlicedRead = LargeRead | null | 'whole' | RedisFailure;

/** What looks found, of large collections by reading them. A RedisFailure where that key alone cannot be looked at. */
export async function statesOf(
  site: Site,
  connection: Connection,
  ids: readonly string[],
  looks: readonly RedisReply[],
): Promise<(State | RedisFailure)[]> {
  const reads = await readInSlices(site, connection, largeOf(ids, looks));
  const states: (State | RedisFailure)[] = [];
  for (const [i, look] of looks.entries()) {
    const read = reads.get(ids[i]!);
    if (look instanceof RedisFailure) states.push(look);
    else if (read === undefined) states.push(readLook(look));
    else if (read === 'whole') states.push(await lookWhole(connection, ids[i]!));
    else states.push(read instanceof RedisFailure ? read : stateOfRead(read));
  }
  return states;
}

/** What keeps one key from being read. Throws what any other would meet. */
function failureOf(error: unknown): RedisFailure {
  if (error instanceof RedisFailure && (isElsewhere(error) || !isOfServer(error))) return error;
  throw error;
}

// ---------------------------------------------------------------------------------------------------------------------

const [NO_KEY, NO_EXPIRY] = [-2, -1];
const COMMANDS: Readonly<Record<CollectionShape, string>> = { field: 'HSCAN', member: 'SSCAN', score: 'ZSCAN' };

/** Values may be long: what one call gives is to be about so many bytes. */
const CALL_BYTES = 1 << 17;
const ASKED_FIRST = 64;
const FIELD_EXPIRIES_MAX = 1000;

/** Redis carries out what one connection asks for at once without serving others in between. */
const AT_ONCE = 4;

/** What was read of one key. */
interface Scanned {
  readonly taken: Taken;
  readonly slices: Slices;
  readonly expiry: RedisReply;
  readonly expiryBefore: RedisReply;
}

function largeOf(ids: readonly string[], looks: readonly RedisReply[]): ReadonlyMap<string, CollectionShape> {
  const shapes = new Map<string, CollectionShape>();
  for (const [i, look] of looks.entries()) {
    const large = largeIn(look);
    if (large !== null) shapes.set(ids[i]!, large.shape);
  }
  return shapes;
}

async function lookWhole(connection: Connection, id: string): Promise<State | RedisFailure> {
  const [look] = await connection.look([clientBuffer(idToKey(id))], Number.MAX_SAFE_INTEGER);
  return look instanceof RedisFailure ? look : readLook(look);
}

async function scanOf(
  site: Site,
  connection: Connection,
  id: string,
  shape: CollectionShape,
): Promise<Scanned | null | 'whole'> {
  if (connection.withFieldExpiries.has(id)) return 'whole';
  const key = clientBuffer(idToKey(id));
  await site.store.prepare(idToKey(id), site.ports);
  const own = site.store.collectionAt(idToKey(id));
  const taken = new Taken(isLarge(own) && own.shape === shape ? own.elements : ElementMap.EMPTY, shape);
  const slices: Slices = { evicted: connection.info.evicted, hasChanged: false };
  connection.sliced.set(id, slices);
  const expiryBefore = await connection.send('PEXPIRETIME', key);
  if (expiryBefore === NO_KEY) return null;
  const end = await scanAll(site, connection, key, taken);
  if (end === 'expiring-fields') noteFieldExpiries(connection, id);
  if (end !== 'all') return 'whole';
  const expiry = await connection.send('PEXPIRETIME', key);
  return expiry === NO_KEY ? null : { taken, slices, expiry, expiryBefore };
}

/** To be called after a refresh. */
async function conclude(
  site: Site,
  { info }: Connection,
  { taken, slices, expiry, expiryBefore }: Scanned,
): Promise<LargeRead | 'whole'> {
  const mayBeEvicted = slices.hasChanged && info.evicted !== slices.evicted;
  if (mayBeEvicted || expiry !== expiryBefore) return 'whole';
  const elements = await taken.all(site);
  if (elements.size < site.ports.slices.from) return 'whole';
  return new LargeRead({ shape: taken.shape, elements }, expiryOf(expiry));
}

/** Until there is no more, or it is of another type by now, or has fields with an expiry of their own. */
async function scanAll(
  site: Site,
  connection: Connection,
  key: Buffer,
  taken: Taken,
): Promise<'all' | 'other-type' | 'expiring-fields'> {
  const command = COMMANDS[taken.shape];
  const mayExpire = taken.shape === 'field' && knowsFieldExpiries(connection.info);
  const most = site.ports.slices.asked;
  let count = Math.min(ASKED_FIRST, most);
  for (let cursor = '0'; ; ) {
    const reply = await connection.send(command, key, cursor, 'COUNT', String(count)).catch(isOfOtherType);
    if (reply === null) return 'other-type';
    const [next, found] = reply as [RedisReply, Buffer[]];
    if (mayExpire && (await haveExpiries(connection, key, found))) return 'expiring-fields';
    const bytes = taken.take(found);
    cursor = String(next);
    if (cursor === '0') return 'all';
    count = Math.max(1, Math.min(most, 2 * count, Math.ceil((count * CALL_BYTES) / Math.max(1, bytes))));
  }
}

function isOfOtherType(error: unknown): null {
  if (error instanceof RedisFailure && error.message.startsWith('WRONGTYPE')) return null;
  throw error;
}

/** Whether one of these fields has an expiry of its own, as far as the node may know. */
async function haveExpiries(connection: Connection, key: Buffer, found: readonly Buffer[]): Promise<boolean> {
  const names = found.filter((_, i) => i % 2 === 0);
  if (names.length === 0) return false;
  const ask = ['HPEXPIRETIME', key, 'FIELDS', String(names.length), ...names];
  const reply = await connection.sendAll(ask).catch(failureOf);
  return !Array.isArray(reply) || reply.some((one) => typeof one !== 'number' || one >= 0);
}

function noteFieldExpiries({ withFieldExpiries }: Connection, id: string): void {
  const [oldest] = withFieldExpiries.size < FIELD_EXPIRIES_MAX ? [] : withFieldExpiries;
  if (oldest !== undefined) withFieldExpiries.delete(oldest);
  withFieldExpiries.add(id);
}

function expiryOf(reply: RedisReply): number {
  if (typeof reply === 'bigint') return heldExpiry(reply);
  return reply === NO_EXPIRY ? 0 : Number(reply);
}

/** What the calls have returned so far. It shares with what the node has what is the same. */
class Taken {
  private readonly edit: ElementEdit;
  /** Elements of the node's that have not been returned. */
  private readonly unseen: ElementEdit;

  constructor(
    of: ElementMap,
    readonly shape: CollectionShape,
  ) {
    this.edit = of.edit();
    this.unseen = of.edit();
  }

  /** An element may come again, with another value. Returns how many bytes these take. */
  take(found: readonly Buffer[]): number {
    const width = this.shape === 'member' ? 1 : 2;
    let bytes = 0;
    for (let i = 0; i < found.length; i += width) {
      const [name, value] = [nameText(found[i]!), valueText(this.shape, found[i + width - 1]!)];
      bytes += name.length + value.length;
      if (this.unseen.delete(name) !== value && this.edit.get(name) !== value) this.edit.set(name, value);
    }
    return bytes;
  }

  async all({ ports }: Site): Promise<ElementMap> {
    await inSlices(ports, this.unseen.done().keys(), (name) => this.edit.delete(name));
    return this.edit.done();
  }
}

function valueText(shape: CollectionShape, value: Buffer): string {
  if (shape === 'member') return '';
  return shape === 'field' ? nameText(value) : scoreText(value.toString('latin1'));
}
