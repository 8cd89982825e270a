import type { Bytes } from '../../../core/model/bytes.js';
import { heldExpiry } from '../../../core/model/expiry.js';
import { INT64_MAX, INT64_MIN } from '../codec/integer.js';
import { RespError } from '../keyspace.js';
import type { Context } from '../session.js';
import { integerOf } from './arguments.js';

export type ExpiryUnit = 'seconds' | 'milliseconds';

/** An expiry as an option of SET or GETEX states it. */
export interface ExpiryOption {
  readonly argument: Bytes;
  readonly unit: ExpiryUnit;
  /** A Unix time; otherwise a time from now. */
  readonly absolute: boolean;
}

/** Unix time in milliseconds of `amount` units after `baseMs`, as it is held. undefined where Redis' 64-bit arithmetic overflows. */
export function expiryFrom(amount: number | bigint, unit: ExpiryUnit, baseMs: number): number | undefined {
  const factor = unit === 'seconds' ? 1000 : 1;
  if (typeof amount === 'number' && Math.abs(amount) <= EXACT_AMOUNT) return amount * factor + baseMs;
  const ms = BigInt(amount) * BigInt(factor);
  if (ms > INT64_MAX - BigInt(baseMs) || ms < INT64_MIN) return undefined;
  const at = ms + BigInt(baseMs);
  return at < 0n ? Number(at) : heldExpiry(at);
}

export function invalidExpiry(commandName: string): RespError {
  return new RespError(`ERR invalid expire time in '${commandName}' command`);
}

/** The expiry that an option asks for: a positive amount, in 64 bits. */
export function expiryOfOption(context: Context, option: ExpiryOption, commandName: string): number {
  const amount = integerOf(option.argument);
  if (amount <= 0) throw invalidExpiry(commandName);
  const expiryMs = expiryFrom(amount, option.unit, option.absolute ? 0 : context.keyspace.nowMs());
  if (expiryMs === undefined) throw invalidExpiry(commandName);
  return expiryMs;
}

/** Writes a value with an expiry; one that lies in the past already deletes. Key and value must be the caller's to give away. */
export function setExpiring(context: Context, key: Bytes, value: Bytes, expiryMs: number): void {
  const { keyspace, session } = context;
  if (expiryMs <= keyspace.nowMs()) keyspace.delete(session.database, key);
  else keyspace.set(session.database, key, value, expiryMs);
}

/** Returns a key that is there another expiry; one that lies in the past already deletes it. */
export function touchExpiring({ keyspace, session }: Context, key: Bytes, expiryMs: number): void {
  if (expiryMs <= keyspace.nowMs()) keyspace.delete(session.database, key);
  else keyspace.touch(session.database, key, expiryMs);
}

// ---

/** Amounts up to this are exact in milliseconds, whatever the unit. */
const EXACT_AMOUNT = 2 ** 42;
