import { RespError } from '../../keyspace.js';

/** Of Redis 8, and of Valkey 9. What a node takes is dumped alike in all versions. */
const [VERSION_MAX, OF_VALKEY_9] = [12, 80];

export function isReadableVersion(version: number): boolean {
  return version <= VERSION_MAX || version === OF_VALKEY_9;
}

export function badFormat(): RespError {
  return new RespError('ERR Bad data format');
}
