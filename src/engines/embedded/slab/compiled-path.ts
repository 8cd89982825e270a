import { BUCKETS } from '../../../core/model/bytes.js';
import type { Hlc } from '../../../core/model/hlc.js';
import type { Origin } from '../../../core/model/version.js';
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
import type { ShortBatch } from '../../short-batch.js';
import type { Compaction } from './compaction.js';
import type { HashIndex } from './hash-index.js';
import { AREA_BYTES, ORIGINS, ROW_ORIGINS, ROWS, SLABS, type Views } from './linear-memory.js';
import type { OriginNames } from './origin-names.js';
import type { SlabHome } from './slab-home.js';
import type { SlabSpace } from './slab-space.js';
import type { Tally } from './tally.js';
import type { UseClock } from './use-clock.js';

/**
 * The way through compiled code (see assembly): hands it what it needs, and keeps the accounts of what it has done. Each call
 * does as much as that code can; the rest is the store's, by its own methods.
 */
export class CompiledPath {
  /** null: nobody asks which entries were used. */
  uses: UseClock | null = null;
  /** So many hashes of origins are known to it. */
  private originsTold = 0;
  private readonly outcomes = new Int32Array(ROWS);
  /**
   * Bytes written for which no compaction was done yet: it can move what the code works on to another memory, which is not for
   * as long as somebody looks at what came out of a call.
   */
  private owed = 0;

  constructor(
    private readonly home: SlabHome,
    private readonly space: SlabSpace,
    private readonly index: HashIndex,
    private readonly compaction: Compaction,
    private readonly origins: OriginNames,
    private readonly tally: Tally,
  ) {}

  /** The linear memory is another one now. */
  forget(): void {
    this.originsTold = 0;
  }

  /** Fetches the memory that calls for keys with these hashes will need, all at once. Only the first ROWS of them. */
  warm(hashes: Int32Array, announced: number): void {
    const { linear } = this.home;
    if (linear === null) return;
    const count = Math.min(announced, ROWS);
    const { rowHashes } = linear.fixed;
    for (let i = 0; i < count; i++) rowHashes[i] = hashes[i]!;
    linear.code.warm(count);
  }

  /** See Engine; `firstSeq` is given. Log and vector are left to the store. */
  perform(batch: ShortBatch): number {
    this.compact();
    const { linear } = this.home;
    if (linear === null) return 0;
    const { bytes, from, database, nowMs, protocol, hlc, origin, firstSeq } = batch;
    const { fixed, code } = linear;
    const length = Math.min(batch.end - from, SHORT_BYTES);
    bytes.copy(fixed.requests, 0, from, from + length);
    const number = this.origins.numberOf(origin);
    const takesWrites = batch.takesWrites && number < ORIGINS ? 1 : 0;
    this.tellOrigins(fixed);
    this.tellHead(fixed);
    const performed = code.perform(0, length, database, nowMs, protocol, takesWrites, hlc, firstSeq, number);
    if (performed === 0) return 0;
    const { results } = fixed;
    batch.from = from + results[0]!;
    batch.replies = fixed.replies;
    batch.replyBytes = results[1]!;
    batch.writes = results[2]!;
    batch.isLastWrite = results[4] === 1;
    batch.requests = fixed.requests;
    batch.places = fixed.writes;
    this.noteUses(fixed);
    if (batch.writes > 0) this.noteWrites(batch, results[3]!, fixed);
    return performed;
  }

  /** As LoggedStore.takeAtOnce. */
  take(batch: RowBatch, { origins, words }: PackedEntries): (AtOnce & { greatestTaken: Hlc }) | null {
    this.compact();
    const { linear } = this.home;
    const { count, places } = batch;
    const first = places[0]!;
    const last = places[count - 1]!;
    const end = last + headWords(words[last]!) + wordsFor(words[last + 1]!) + wordsFor(words[last + 2]!);
    if (linear === null || origins.length > ROW_ORIGINS || 4 * (end - first) > AREA_BYTES) return null;
    const { fixed, code } = linear;
    fixed.requestWords.set(words.subarray(first, end));
    fixed.rowHashes.set(batch.hashes);
    for (let i = 0; i < count; i++) fixed.rowStarts[i] = 4 * (places[i]! - first);
    for (let i = 0; i < origins.length; i++) fixed.rowOrigins[i] = this.origins.numberOf(origins[i]!);
    this.tellOrigins(fixed);
    this.tellHead(fixed);
    code.takeRows(count);
    this.outcomes.set(fixed.rowOutcomes);
    for (let i = 0; i < count; i++) {
      const outcome = this.outcomes[i]!;
      if (outcome === TAKEN || outcome === ADDED) this.noteRow(batch, i, words, outcome === ADDED);
    }
    this.tally.bytes += fixed.results[3]!;
    this.noteUses(fixed);
    this.noteHead(fixed);
    return { outcomes: this.outcomes, greatest: fixed.greatest[0]!, greatestTaken: fixed.greatest[1]! };
  }

  /** As LoggedStore.packAtOnce. */
  pack(batch: RowBatch, start: number, end: number, origin: Origin, packer: EntryPacker): number {
    const { linear } = this.home;
    const { keys, starts, ends, seqs, hashes } = batch;
    const from = starts[start]!;
    const upto = ends[end - 1]!;
    const number = this.origins.numberOf(origin);
    if (linear === null || number >= ORIGINS || upto - from > AREA_BYTES) return 0;
    const { fixed, code } = linear;
    fixed.requests.set(keys.subarray(from, upto));
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

  private noteWrites({ writes, places, requests }: ShortBatch, grown: number, fixed: Readonly<Views>): void {
    for (let at = 0; at < 8 * writes; at += 8) {
      if (places[at + 5] !== 1) continue;
      const keyStart = places[at + 1]!;
      const bytes = places[at + 2]! - keyStart + places[at + 4]! - places[at + 3]!;
      this.noteEntered(places[at]!, requests[keyStart]!, bytes);
    }
    this.tally.bytes += grown;
    this.noteHead(fixed);
  }

  private noteRow({ hashes, places, keys, starts }: RowBatch, i: number, words: Int32Array, isNew: boolean): void {
    const hash = hashes[i]!;
    const at = places[i]!;
    const keyLength = words[at + 1]!;
    const database = keyLength === 0 ? 0 : keys[starts[i]!]!;
    if (isNew) this.noteEntered(hash, database, keyLength + words[at + 2]!);
    if ((words[at]! & FLAG.expires) === 0) return;
    this.tally.expires(hash & (BUCKETS - 1), wholeAt(words, at + HEAD_WORDS));
    if (isNew) this.tally.countEnding(1, hash & (BUCKETS - 1), database);
  }

  /** A key with a value is new, `bytes` of both. */
  private noteEntered(hash: number, database: number, bytes: number): void {
    this.index.shard(hash).entered();
    this.tally.add(hash & (BUCKETS - 1), database, bytes, false);
  }

  private noteUses({ head, uses }: Readonly<Views>): void {
    if (this.uses === null) return;
    for (let i = 0; i < head[4]!; i++) {
      this.index.shard(uses[2 * i]!).use(uses[2 * i + 1]!, this.uses.tick(this.tally.live));
    }
  }

  private tellOrigins({ origins }: Readonly<Views>): void {
    for (; this.originsTold < Math.min(this.origins.count, ORIGINS); this.originsTold++) {
      origins[this.originsTold] = this.origins.hashOf(this.originsTold);
    }
  }

  /** The slab that new records may be written to. */
  private tellHead({ head, slabs }: Readonly<Views>): void {
    const slab = this.space.head;
    const address = slab === undefined || slab.id >= SLABS ? 0 : slabs[slab.id]!;
    head[0] = slab?.id ?? 0;
    head[1] = address;
    head[2] = slab?.used ?? 0;
    head[3] = address === 0 ? 0 : slab!.capacity;
  }

  /** What was written to it. */
  private noteHead({ head }: Readonly<Views>): void {
    const bytes = head[2]! - (this.space.head?.used ?? 0);
    if (bytes === 0) return;
    this.space.fill(bytes);
    this.owed += bytes;
  }

  private compact(): void {
    if (this.owed === 0) return;
    this.compaction.step(this.owed);
    this.owed = 0;
  }
}

// ---------------------------------------------------------------------------------------------------------------------

/** Of requests at a time: what is left of them has to be handed in again. */
const SHORT_BYTES = 0x4000;
/** What became of a row, see assembly. */
const TAKEN = 1;
const ADDED = 3;
