import { BUCKETS, type Bytes, hashBytes } from '../../../core/model/bytes.js';
import type { Hlc } from '../../../core/model/hlc.js';
import { isPartKey, wholeKeyOf } from '../../../core/model/parts.js';
import { type Origin, replicaOf } from '../../../core/model/version.js';
import type { Reservation } from '../../../core/replication/numbering.js';
import type { EntryPacker } from '../../../core/store/entry-packer.js';
import type { AtOnce } from '../../../core/store/logged-store.js';
import {
  FLAG,
  HEAD_WORDS,
  headWords,
  type PackedEntries,
  wholeAt,
  wordsFor,
} from '../../../core/store/packed-entries.js';
import type { RowBatch } from '../../../core/store/row-batch.js';
import type { Batch } from '../../batch.js';
import { INPUT_BYTES, ORIGINS_MAX, ROW_ORIGINS_MAX, ROWS_MAX, SLABS_MAX } from './assembly/layout.js';
import type { IndexShard } from './index-shard.js';
import type { Views } from './linear-memory.js';
import { keyLengthAt, keyStart } from './record.js';
import type { Records } from './records.js';

/** Writes that compiled code has made. */
export interface Written {
  readonly bytes: Buffer;
  /**
   * Eight words for each: the hash of its full key, where in `bytes` key and value start and end, and 1 if the key is new. Then the hash of
   * the whole's key and the kind of the part, if it is one; behind the score of a member that is not new is the one before.
   */
  readonly places: Int32Array;
}

/**
 * The way through compiled code (see assembly): hands it what it needs, and keeps the accounts of what it has done. Each call
 * does as much as that code can; the rest is the store's, by its own methods.
 */
export class CompiledPath {
  /** So many hashes of origins are known to it. */
  private originsTold = 0;
  /** The origin of which it knows the replica. */
  private replicaTold: Origin | null = null;
  private readonly outcomes = new Int32Array(ROWS_MAX);
  /**
   * Bytes written for which no compaction was done yet: it can move what the code works on to another memory, which is not for
   * as long as somebody looks at what came out of a call.
   */
  private owed = 0;
  /** The key that stood in the way of the latest `perform`, since its parts are folded and one of them is to be written. */
  folded: Bytes | null = null;

  constructor(private readonly records: Records) {}

  /** The linear memory is another one now. */
  forget(): void {
    this.originsTold = 0;
    this.replicaTold = null;
  }

  /** Fetches the memory that calls for keys with these hashes will need, all at once. Only the first ROWS_MAX of them. */
  warm(hashes: Int32Array, announced: number): void {
    const { linear } = this.records.home;
    if (linear === null) return;
    const count = Math.min(announced, ROWS_MAX);
    const { rowHashes } = linear.fixed;
    for (let i = 0; i < count; i++) rowHashes[i] = hashes[i]!;
    linear.code.warm(count);
  }

  /** See Engine. Log and vector are left to the store. */
  perform(batch: Batch, { origin, firstSeq, firstHlc, countMax }: Reservation): number {
    this.compact();
    const { linear } = this.records.home;
    if (linear === null) return 0;
    const { fixed, code, workspace } = linear;
    const number = this.records.origins.numberOf(origin);
    this.tellOrigins(fixed);
    this.tellReplica(origin, fixed);
    this.tellHead(fixed);
    code.openBatch(number, firstHlc, firstSeq, number < ORIGINS_MAX ? countMax : 0);
    batch.perform(workspace);
    const writes = code.closeBatch();
    this.noteUses(fixed);
    if (writes > 0) this.noteWrites(writes, fixed);
    const { results, input } = fixed;
    if (results[0] !== 0) this.folded = Buffer.from(input.subarray(results[0]!, results[0]! + results[2]!));
    return writes;
  }

  get written(): Written {
    return this.records.home.linear!.written;
  }

  /** As LoggedStore.takeAtOnce. */
  take(batch: RowBatch, { origins, words }: PackedEntries): (AtOnce & { greatestTaken: Hlc }) | null {
    this.compact();
    const { linear } = this.records.home;
    const { count, places } = batch;
    const first = places[0]!;
    const last = places[count - 1]!;
    const end = last + headWords(words[last]!) + wordsFor(words[last + 1]!) + wordsFor(words[last + 2]!);
    if (linear === null || origins.length > ROW_ORIGINS_MAX || 4 * (end - first) > INPUT_BYTES) return null;
    const { fixed, code } = linear;
    fixed.inputWords.set(words.subarray(first, end));
    fixed.rowHashes.set(batch.hashes);
    for (let i = 0; i < count; i++) fixed.rowStarts[i] = 4 * (places[i]! - first);
    for (let i = 0; i < origins.length; i++) fixed.rowOrigins[i] = this.records.origins.numberOf(origins[i]!);
    this.tellOrigins(fixed);
    this.tellHead(fixed);
    code.takeRows(count);
    this.outcomes.set(fixed.rowOutcomes);
    for (let i = 0; i < count; i++) {
      const outcome = this.outcomes[i]!;
      if (outcome === TAKEN || outcome === ADDED) this.noteRow(batch, i, words, outcome === ADDED);
    }
    this.records.tally.bytes += fixed.results[3]!;
    this.noteUses(fixed);
    this.noteHead(fixed);
    return { outcomes: this.outcomes, greatest: fixed.greatest[0]!, greatestTaken: fixed.greatest[1]! };
  }

  /** As LoggedStore.packAtOnce. */
  pack(batch: RowBatch, start: number, end: number, origin: Origin, packer: EntryPacker): number {
    const { linear } = this.records.home;
    const { keys, starts, ends, seqs, hashes } = batch;
    const from = starts[start]!;
    const upto = ends[end - 1]!;
    const number = this.records.origins.numberOf(origin);
    if (linear === null || number >= ORIGINS_MAX || upto - from > INPUT_BYTES) return 0;
    const { fixed, code } = linear;
    fixed.input.set(keys.subarray(from, upto));
    for (let i = start, row = 0; i < end; i++, row++) {
      fixed.rowHashes[row] = hashes[i]!;
      fixed.rowStarts[row] = starts[i]! - from;
      fixed.rowLengths[row] = ends[i]! - starts[i]!;
      fixed.rowSeqs[row] = seqs[i]!;
    }
    const done = code.packRows(end - start, number, packer.nextNumberOf(origin));
    if (done > 0) packer.addPacked(origin, fixed.packed.subarray(0, fixed.results[1]! / 4), done);
    return done;
  }

  // ---

  private noteWrites(count: number, fixed: Readonly<Views>): void {
    const { writes, input } = fixed;
    for (let at = 0; at < 8 * count; at += 8) {
      if (writes[at + 5] !== 1) continue;
      const keyStart = writes[at + 1]!;
      const bytes = writes[at + 2]! - keyStart + writes[at + 4]! - writes[at + 3]!;
      this.noteEntered(writes[at]!, input[keyStart]!, bytes);
    }
    this.records.tally.bytes += fixed.results[3]!;
    this.noteHead(fixed);
  }

  private noteRow({ hashes, places, keys, starts }: RowBatch, i: number, words: Int32Array, isNew: boolean): void {
    const hash = hashes[i]!;
    const at = places[i]!;
    const keyLength = words[at + 1]!;
    const database = keyLength === 0 ? 0 : keys[starts[i]!]!;
    if (isNew) this.noteEntered(hash, database, keyLength + words[at + 2]!);
    if ((words[at]! & FLAG.expires) === 0) return;
    this.records.tally.expires(hash & (BUCKETS - 1), wholeAt(words, at + HEAD_WORDS));
    if (isNew) this.records.tally.countEnding(1, hash & (BUCKETS - 1), database);
  }

  /** A key with a value is new, `bytes` of both. */
  private noteEntered(hash: number, database: number, bytes: number): void {
    this.records.index.shard(hash).entered();
    this.records.tally.add(hash & (BUCKETS - 1), database, bytes, false);
  }

  private noteUses({ head, uses }: Readonly<Views>): void {
    if (this.records.uses === null) return;
    for (let i = 0; i < head[4]!; i++) {
      const [shard, slot] = this.usedOf(this.records.index.shard(uses[2 * i]!), uses[2 * i + 1]!);
      shard.use(slot, this.records.uses.tick(this.records.tally.live));
    }
  }

  /** That a part is used shows at the whole of its key. */
  private usedOf(shard: IndexShard, slot: number): [IndexShard, number] {
    const slab = this.records.space.get(shard.slabAt(slot));
    const at = shard.offsetAt(slot);
    const start = keyStart(slab, at);
    const key = slab.bytes.subarray(start, start + keyLengthAt(slab, at));
    if (!isPartKey(key)) return [shard, slot];
    const whole = wholeKeyOf(key);
    const hash = hashBytes(whole);
    return [this.records.index.shard(hash), this.records.index.shard(hash).find(hash, whole)];
  }

  private tellOrigins({ origins }: Readonly<Views>): void {
    for (; this.originsTold < Math.min(this.records.origins.count, ORIGINS_MAX); this.originsTold++) {
      origins[this.originsTold] = this.records.origins.hashOf(this.originsTold);
    }
  }

  /** Whose writes follow: the name of its share of a number. */
  private tellReplica(origin: Origin, { replica }: Readonly<Views>): void {
    if (this.replicaTold === origin) return;
    this.replicaTold = origin;
    replica.writeUInt32LE(replica.write(replicaOf(origin), 4, 'latin1'), 0);
  }

  /** The slab that new records may be written to. */
  private tellHead({ head, slabs }: Readonly<Views>): void {
    const slab = this.records.space.head;
    const address = slab === undefined || slab.id >= SLABS_MAX ? 0 : slabs[slab.id]!;
    head[0] = slab?.id ?? 0;
    head[1] = address;
    head[2] = slab?.used ?? 0;
    head[3] = address === 0 ? 0 : slab!.capacity;
  }

  /** What was written to it. */
  private noteHead({ head }: Readonly<Views>): void {
    const bytes = head[2]! - (this.records.space.head?.used ?? 0);
    if (bytes === 0) return;
    this.records.space.fill(bytes);
    this.owed += bytes;
  }

  private compact(): void {
    if (this.owed === 0) return;
    this.records.compaction.step(this.owed);
    this.owed = 0;
  }
}

// ---------------------------------------------------------------------------------------------------------------------

/** What became of a row, see assembly. */
const TAKEN = 1;
const ADDED = 3;
