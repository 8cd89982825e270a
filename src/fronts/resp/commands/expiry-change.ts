import type { Bytes } from '../../../core/model/bytes.js';
import { RespError } from '../keyspace.js';
import type { Context } from '../session.js';
import { integerOf, isWord, textOf } from './arguments.js';
import { type ExpiryUnit, expiryFrom, invalidExpiry, touchExpiring } from './expiry.js';

/** Which of EXPIRE, PEXPIRE, EXPIREAT and PEXPIREAT it is. */
export interface ExpiryChange {
  readonly command: string;
  readonly unit: ExpiryUnit;
  readonly absolute: boolean;
}

/** Key, time, conditions: 1 when the expiry was set (or lay in the past, which deletes), 0 when not. */
export function changeExpiry(context: Context, args: readonly Bytes[], change: ExpiryChange): 0 | 1 {
  const { keyspace, session } = context;
  const conditions = readConditions(args);
  const amount = integerOf(args[2]!);
  const expiryMs = expiryFrom(amount, change.unit, change.absolute ? 0 : keyspace.nowMs());
  if (expiryMs === undefined) throw invalidExpiry(change.command);
  const item = keyspace.get(session.database, args[1]!);
  if (item === undefined || !areMet(conditions, item.expiryMs, expiryMs)) return 0;
  touchExpiring(context, args[1]!, expiryMs);
  return 1;
}

// ---

interface Conditions {
  nx: boolean;
  xx: boolean;
  gt: boolean;
  lt: boolean;
}

function readConditions(args: readonly Bytes[]): Conditions {
  const conditions: Conditions = { nx: false, xx: false, gt: false, lt: false };
  for (let i = 3; i < args.length; i++) {
    const name = CONDITION_NAMES.find((candidate) => isWord(args[i], candidate));
    if (name === undefined) throw new RespError(`ERR Unsupported option ${textOf(args[i]!)}`);
    conditions[name] = true;
  }
  const { nx, xx, gt, lt } = conditions;
  if (nx && (xx || gt || lt)) {
    throw new RespError('ERR NX and XX, GT or LT options at the same time are not compatible');
  }
  if (gt && lt) throw new RespError('ERR GT and LT options at the same time are not compatible');
  return conditions;
}

/** A key that never expires counts as an infinite expiry. */
function areMet({ nx, xx, gt, lt }: Conditions, currentMs: number, wantedMs: number): boolean {
  const current = currentMs === 0 ? Number.POSITIVE_INFINITY : currentMs;
  if (nx && currentMs !== 0) return false;
  if (xx && currentMs === 0) return false;
  if (gt && wantedMs <= current) return false;
  return !(lt && wantedMs >= current);
}

const CONDITION_NAMES = ['nx', 'xx', 'gt', 'lt'] as const;
