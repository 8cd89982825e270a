import type { Redis } from 'ioredis';
import { OperatorError } from '../../core/model/errors.js';

export type CollectionType = 'hash' | 'set' | 'zset';

/** A field with its value, a member, or a member with its score. */
export interface CollectionPart {
  readonly name: Buffer;
  readonly value?: Buffer;
  /** As Redis writes it. */
  readonly score?: string;
}

export interface CollectionParts {
  readonly type: CollectionType;
  readonly parts: readonly CollectionPart[];
  /** All that there are. */
  readonly size: number;
}

/** The first parts of the collection at a key, of a sorted set those with the lowest scores; null: there is no such key (any more). */
export async function readParts(redis: Redis, key: Buffer, limit: number): Promise<CollectionParts | null> {
  const type = await redis.type(key);
  if (type === 'none') return null;
  if (type === 'hash') {
    const [size, [, flat]] = await Promise.all([redis.hlen(key), redis.hscanBuffer(key, 0, 'COUNT', limit)]);
    return { type, size, parts: pairs(flat, limit, (name, value) => ({ name, value })) };
  }
  if (type === 'set') {
    const [size, [, names]] = await Promise.all([redis.scard(key), redis.sscanBuffer(key, 0, 'COUNT', limit)]);
    return { type, size, parts: names.slice(0, limit).map((name) => ({ name })) };
  }
  if (type === 'zset') {
    const reading = redis.zrangeBuffer(key, '0', String(limit - 1), 'WITHSCORES');
    const [size, flat] = await Promise.all([redis.zcard(key), reading]);
    return { type, size, parts: pairs(flat, limit, (name, score) => ({ name, score: score.toString() })) };
  }
  throw new OperatorError(
    'refused',
    `the key is of the type ${type}, which is kept as it came from a Redis, and is not shown here`,
    'Read it with redis-cli at the Redis that it is in, or see mneme entry inspect KEY.',
  );
}

/** Some parts at a time, of all that there are; what is changed meanwhile may be among them or not. */
export async function* scanParts(redis: Redis, key: Buffer, type: CollectionType): AsyncGenerator<CollectionPart[]> {
  for (let cursor = '0'; ; ) {
    const [next, flat] = await scan(redis, key, type, cursor);
    cursor = next.toString();
    yield type === 'set'
      ? flat.map((name) => ({ name }))
      : pairs(flat, flat.length, (name, second) =>
          type === 'hash' ? { name, value: second } : { name, score: second.toString() },
        );
    if (cursor === '0') return;
  }
}

/** Parts asked for at a time: few enough for large values. */
const SCANNED = 200;

function scan(redis: Redis, key: Buffer, type: CollectionType, cursor: string): Promise<[Buffer, Buffer[]]> {
  if (type === 'hash') return redis.hscanBuffer(key, cursor, 'COUNT', SCANNED);
  return type === 'set'
    ? redis.sscanBuffer(key, cursor, 'COUNT', SCANNED)
    : redis.zscanBuffer(key, cursor, 'COUNT', SCANNED);
}

function pairs(
  flat: readonly Buffer[],
  limit: number,
  part: (a: Buffer, b: Buffer) => CollectionPart,
): CollectionPart[] {
  const found: CollectionPart[] = [];
  for (let i = 0; i + 1 < flat.length && found.length < limit; i += 2) found.push(part(flat[i]!, flat[i + 1]!));
  return found;
}
