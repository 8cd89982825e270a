import { bootOf, type Origin, originOf, replicaOf } from '../core/model/version.js';
import { type ByteReader, malformed } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';

/** A replica id of 8 bytes and a boot of 8. */
const ORIGIN_BYTES = 16;

/** The origins of one frame, so that an entry names its own with a small number instead of 31 characters. */
export class OriginTable {
  private readonly indexes = new Map<Origin, number>();
  /** Entries of one origin tend to come in runs. */
  private last: Origin = '';
  private lastIndex = -1;

  add(origin: Origin): void {
    if (origin === this.last) return;
    const known = this.indexes.get(origin);
    if (known === undefined) this.indexes.set(origin, this.indexes.size);
    this.last = origin;
    this.lastIndex = known ?? this.indexes.size - 1;
  }

  /** The number of an origin that was added. */
  indexOf(origin: Origin): number {
    this.add(origin);
    return this.lastIndex;
  }

  /** At most this many bytes are written. */
  get bytesMax(): number {
    return 8 + this.indexes.size * ORIGIN_BYTES;
  }

  write(writer: ByteWriter): void {
    writer.varint(this.indexes.size);
    for (const origin of this.indexes.keys()) {
      writer.hex(replicaOf(origin), 8);
      writer.u53(bootOf(origin));
    }
  }
}

export function readOrigins(reader: ByteReader): Origin[] {
  const count = reader.count(ORIGIN_BYTES);
  const origins: Origin[] = [];
  for (let i = 0; i < count; i++) origins.push(originOf(reader.hex(8), reader.u53()));
  return origins;
}

/** Reads a number of the table, and gives its origin. */
export function readOrigin(reader: ByteReader, origins: readonly Origin[]): Origin {
  const index = reader.varint();
  const origin = origins[index];
  if (origin === undefined) throw malformed(`origin ${index} of ${origins.length}`);
  return origin;
}
