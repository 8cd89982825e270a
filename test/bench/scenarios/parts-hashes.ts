import { withPipeline } from '../pipeline.js';
import { encode } from '../workload.js';

/** Writes so many hashes of ten fields with values of 20 bytes, by the keys that redis-benchmark draws. */
export function fillHashes(port: number, count: number): Promise<void> {
  return withPipeline(port, (pipeline) => pipeline.run(count, (i) => encode('HSET', hashKey(i), ...tenFields(i))));
}

export function hashKey(i: number): string {
  return keyOf('hash', i);
}

/** As redis-benchmark draws it. */
export function keyOf(name: string, i: number): string {
  return `${name}:${String(i).padStart(12, '0')}`;
}

/** Writes one hash of so many fields, ten a command. */
export function fillHash(port: number, key: string, fields: number): Promise<void> {
  return withPipeline(port, (pipeline) =>
    pipeline.run(fields / 10, (i) => encode('HSET', key, ...tenFields(i, 10 * i))),
  );
}

// ---

function tenFields(mark: number, from = 0): string[] {
  return Array.from({ length: 10 }, (_, i) => [`field:${from + i}`, `${mark}:${i}:`.padEnd(20, 'v')]).flat();
}
