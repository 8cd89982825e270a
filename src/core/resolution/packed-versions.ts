import type { Bytes } from '../model/bytes.js';
import type { Touch, ValueType } from '../model/entry.js';
import type { Steps } from '../model/steps.js';
import type { Origin } from '../model/version.js';
import type { SeenVersion, ShownVersion } from './shown-plan.js';

type Numbers = Float64Array | Uint32Array | Uint8Array;

/** Numbers of one kind by their places, in blocks, so that nothing is copied as they become many. */
export class Column {
  private readonly blocks: Numbers[] = [];

  constructor(private readonly kind: new (length: number) => Numbers) {}

  set(at: number, value: number): void {
    const block = at >>> BLOCK_BITS;
    const place = at & (BLOCK_LENGTH - 1);
    if (place >= (this.blocks[block]?.length ?? 0)) this.grow(block, place + 1);
    this.blocks[block]![place] = value;
  }

  get(at: number): number {
    return this.blocks[at >>> BLOCK_BITS]?.[at & (BLOCK_LENGTH - 1)] ?? 0;
  }

  /** The first block doubles, since most columns are short. */
  private grow(block: number, length: number): void {
    while (this.blocks.length < block) this.grow(this.blocks.length, BLOCK_LENGTH);
    const before = this.blocks[block];
    const isFirst = block === 0 && length < BLOCK_LENGTH;
    const grown = new this.kind(isFirst ? Math.max(FIRST_LENGTH, 2 ** Math.ceil(Math.log2(length))) : BLOCK_LENGTH);
    if (before !== undefined) grown.set(before);
    this.blocks[block] = grown;
  }
}

/** Strings of one character a byte, by their places, which are put in order. */
export class PackedIds {
  private readonly chunks: Buffer[] = [];
  private readonly chunkOf = new Column(Uint32Array);
  private readonly starts = new Column(Uint32Array);
  private readonly lengths = new Column(Uint32Array);
  /** Where the content of the last chunk ends. */
  private end = 0;
  length = 0;

  push(id: string | Bytes): void {
    const { length } = id;
    const chunk = this.chunkFor(length);
    const start = this.end;
    // One by one, while that is cheaper than a call of the runtime.
    if (length > SHORT_LENGTH) typeof id === 'string' ? chunk.write(id, start, 'latin1') : chunk.set(id, start);
    else if (typeof id !== 'string') for (let i = 0; i < length; i++) chunk[start + i] = id[i]!;
    else for (let i = 0; i < length; i++) chunk[start + i] = id.charCodeAt(i);
    this.chunkOf.set(this.length, this.chunks.length - 1);
    this.starts.set(this.length, start);
    this.lengths.set(this.length++, length);
    this.end += length;
  }

  at(at: number): string {
    const start = this.starts.get(at);
    return this.chunks[this.chunkOf.get(at)]!.toString('latin1', start, start + this.lengths.get(at));
  }

  private chunkFor(length: number): Buffer {
    const last = this.chunks.at(-1);
    if (last !== undefined && this.end + length <= last.length) return last;
    const size = Math.min(CHUNK_BYTES_MAX, last === undefined ? CHUNK_BYTES_MIN : 2 * last.length);
    const chunk = Buffer.allocUnsafeSlow(Math.max(size, length));
    this.chunks.push(chunk);
    this.end = 0;
    return chunk;
  }
}

/** Ids that were found in some order, packed in another one. */
export function* packedInOrder(ids: readonly string[], order: Uint32Array): Steps<PackedIds> {
  const packed = new PackedIds();
  for (let i = 0; i < order.length; i++) {
    if (i % IDS_PER_STEP === IDS_PER_STEP - 1) yield;
    packed.push(ids[order[i]!]!);
  }
  return packed;
}

/**
 * Versions as they are shown, by their places, in some fifty bytes each and what is shown of the value, outside of the heap: there are
 * hundreds of thousands of them, they are kept while a person reads, and each would be a dozen objects.
 */
export class PackedVersions {
  private readonly hlcs = new Column(Float64Array);
  private readonly origins = new Column(Uint32Array);
  private readonly seqs = new Column(Float64Array);
  private readonly expiries = new Column(Float64Array);
  private readonly lengths = new Column(Float64Array);
  private readonly hashes = new Column(Uint32Array);
  private readonly types = new Column(Uint8Array);
  private readonly flags = new Column(Uint8Array);
  /** The places of what is shown of the values, from 1. */
  private readonly previewOf = new Column(Uint32Array);
  private readonly previews = new PackedIds();
  private readonly originNames = new Interned<Origin>();
  /** Few versions were touched. */
  private readonly touches = new Map<number, Touch>();

  /** A place that is left out has no version. */
  put(at: number, version: SeenVersion): void {
    this.hlcs.set(at, version.hlc);
    this.origins.set(at, this.originNames.numberOf(version.origin, version.origin));
    this.seqs.set(at, version.seq);
    this.expiries.set(at, version.expiryMs);
    this.lengths.set(at, version.valueBytes);
    this.hashes.set(at, version.valueHash);
    this.types.set(at, version.type ?? 0);
    this.flags.set(at, PRESENT | (version.deleted ? DELETED : 0) | (version.evicted ? EVICTED : 0));
    if (version.touch !== undefined) this.touches.set(at, version.touch);
    if (version.preview === null) return;
    this.previews.push(version.preview);
    this.previewOf.set(at, this.previews.length);
  }

  at(at: number): ShownVersion | undefined {
    const flags = this.flags.get(at);
    if ((flags & PRESENT) === 0) return undefined;
    const type = this.types.get(at);
    const preview = this.previewOf.get(at);
    return {
      ...this.versionAt(at),
      expiryMs: this.expiries.get(at),
      type: type === 0 ? undefined : (type as ValueType),
      deleted: (flags & DELETED) !== 0,
      evicted: (flags & EVICTED) !== 0,
      valueBytes: this.lengths.get(at),
      valueHash: this.hashes.get(at),
      preview: preview === 0 ? null : this.previews.at(preview - 1),
    };
  }

  /** Where there is one. */
  versionAt(at: number): Touch & { readonly touch?: Touch } {
    const write = { hlc: this.hlcs.get(at), origin: this.originNames.at(this.origins.get(at)), seq: this.seqs.get(at) };
    const touch = this.touches.get(at);
    return touch === undefined ? write : { ...write, touch };
  }

  has(at: number): boolean {
    return this.flags.get(at) !== 0;
  }

  isDeletedAt(at: number): boolean {
    return (this.flags.get(at) & DELETED) !== 0;
  }

  bytesAt(at: number): number {
    return this.lengths.get(at);
  }
}

/** Values of which there are few different ones, by numbers. */
export class Interned<T> {
  private readonly values: T[] = [];
  private readonly numbers = new Map<string, number>();

  /** `name`: the same exactly for values that are the same. */
  numberOf(name: string, value: T): number {
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    this.numbers.set(name, this.values.length);
    return this.values.push(value) - 1;
  }

  at(number: number): T {
    return this.values[number]!;
  }
}

const FIRST_LENGTH = 64;
const BLOCK_BITS = 14;
const BLOCK_LENGTH = 1 << BLOCK_BITS;
const CHUNK_BYTES_MIN = 1024;
const CHUNK_BYTES_MAX = 1 << 20;
const SHORT_LENGTH = 24;
const IDS_PER_STEP = 1024;
const PRESENT = 1;
const DELETED = 2;
const EVICTED = 4;
