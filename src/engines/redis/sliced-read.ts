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
 * @returns null: there is no such key (any more)
 */
export function readInSlices(
  site: Site,
  connection: Connection,
  id: string,
  shape: CollectionShape,
): Promise<LargeRead | null | 'whole'> {
  return connection.slicing(id, async (slices) => {
    const key = clientBuffer(idToKey(id));
    await site.store.prepare(idToKey(id), site.ports);
    const own = site.store.collectionAt(idToKey(id));
    const scan = new Scan(isLarge(own) && own.shape === shape ? own.elements : ElementMap.EMPTY, shape);
    const expiry = await connection.send('PEXPIRETIME', key);
    if (expiry === NO_KEY) return null;
    const end = await scanAll(site, connection, key, scan);
    if (end === 'expiring-fields') noteFieldExpiries(connection, id);
    if (end !== 'all') return 'whole';
    const expiryNow = await connection.send('PEXPIRETIME', key);
    if (expiryNow === NO_KEY) return null;
    await connection.refresh();
    if (expiryNow !== expiry || mayBeBegunAnew(connection, slices)) return 'whole';
    const elements = await scan.done(site);
    if (elements.size < site.ports.slices.from) return 'whole';
    return new LargeRead({ shape, elements }, expiryOf(expiry));
  });
}

/** What looks found, of large collections by reading them. A RedisFailure where that key alone cannot be looked at. */
export async function statesOf(
  site: Site,
  connection: Connection,
  ids: readonly string[],
  looks: readonly RedisReply[],
): Promise<(State | RedisFailure)[]> {
  const states: (State | RedisFailure)[] = [];
  for (const [i, look] of looks.entries()) {
    const large = largeIn(look);
    if (look instanceof RedisFailure) states.push(look);
    else states.push(large === null ? readLook(look) : await stateInSlices(site, connection, ids[i]!, large.shape));
  }
  return states;
}

/** What keeps one key from being read. Throws what any other would meet. */
export function failureOf(error: unknown): RedisFailure {
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

async function stateInSlices(
  site: Site,
  connection: Connection,
  id: string,
  shape: CollectionShape,
): Promise<State | RedisFailure> {
  const isWhole = connection.withFieldExpiries.has(id);
  const read = isWhole ? 'whole' : await readInSlices(site, connection, id, shape).catch(failureOf);
  if (read instanceof RedisFailure) return read;
  if (read !== 'whole') return stateOfRead(read);
  const [look] = await connection.look([clientBuffer(idToKey(id))], Number.MAX_SAFE_INTEGER);
  return look instanceof RedisFailure ? look : readLook(look);
}

/** Until there is no more, or it is of another type by now, or has fields with an expiry of their own. */
async function scanAll(
  site: Site,
  connection: Connection,
  key: Buffer,
  scan: Scan,
): Promise<'all' | 'other-type' | 'expiring-fields'> {
  const command = COMMANDS[scan.shape];
  const mayExpire = scan.shape === 'field' && knowsFieldExpiries(connection.info);
  const most = site.ports.slices.asked;
  let count = Math.min(ASKED_FIRST, most);
  for (let cursor = '0'; ; ) {
    const reply = await connection.send(command, key, cursor, 'COUNT', String(count)).catch(isOfOtherType);
    if (reply === null) return 'other-type';
    const [next, found] = reply as [RedisReply, Buffer[]];
    if (mayExpire && (await haveExpiries(connection, key, found))) return 'expiring-fields';
    const bytes = scan.take(found);
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

/** To be asked after a refresh. */
function mayBeBegunAnew({ info }: Connection, { hasChanged, evicted }: Slices): boolean {
  return hasChanged && info.evicted !== evicted;
}

function expiryOf(reply: RedisReply): number {
  if (typeof reply === 'bigint') return heldExpiry(reply);
  return reply === NO_EXPIRY ? 0 : Number(reply);
}

/** What the calls have returned so far. It shares with what the node has what is the same. */
class Scan {
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
      this.unseen.delete(name);
      if (this.edit.get(name) !== value) this.edit.set(name, value);
    }
    return bytes;
  }

  async done({ ports }: Site): Promise<ElementMap> {
    await inSlices(ports, this.unseen.done().keys(), (name) => this.edit.delete(name));
    return this.edit.done();
  }
}

function valueText(shape: CollectionShape, value: Buffer): string {
  if (shape === 'member') return '';
  return shape === 'field' ? nameText(value) : scoreText(value.toString('latin1'));
}
