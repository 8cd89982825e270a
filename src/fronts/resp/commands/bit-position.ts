import type { Bytes } from '../../../core/model/bytes.js';
import { RespError } from '../keyspace.js';
import type { Context } from '../session.js';
import { integerOf } from './arguments.js';

/**
 * The position of a bit, from the most significant one of the first byte on, stated in units of so many bits. A value has no
 * more bits than it may have bytes for.
 */
export function bitPositionOf({ host }: Context, argument: Bytes, unit = 1): number {
  const position = Number(integerOf(argument, OUT_OF_RANGE)) * unit;
  if (position < 0 || position >= host.bulkBytesMax * 8) throw new RespError(OUT_OF_RANGE);
  return position;
}

export function bitAt(value: Bytes | undefined, position: number): 0 | 1 {
  const byte = value?.[Math.floor(position / 8)] ?? 0;
  return ((byte >> (7 - (position % 8))) & 1) as 0 | 1;
}

export function setBitAt(value: Bytes, position: number, bit: number): void {
  const at = Math.floor(position / 8);
  const mask = 1 << (7 - (position % 8));
  value[at] = bit === 0 ? value[at]! & ~mask : value[at]! | mask;
}

// ---

const OUT_OF_RANGE = 'ERR bit offset is not an integer or out of range';
