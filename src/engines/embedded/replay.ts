import { asValueType, type Entry, touched, typedEntry, type ValueType } from '../../core/model/entry.js';
import { InvariantError } from '../../core/model/errors.js';
import type { Hlc } from '../../core/model/hlc.js';
import type { VectorData } from '../../core/model/vector.js';
import { isSameWrite } from '../../core/model/version.js';
import type { Range } from '../../core/replication/messages.js';
import { faultOf, type PackedEntries, type Span, wordsOf } from '../../core/store/packed-entries.js';
import type { FarTimes } from './far-times.js';
import { FLAG, KIND_MASK, RECORD } from './record-writer.js';
import type { SlabStorage } from './slab/slab-storage.js';
import type { SlabStore } from './slab/slab-store.js';

/** What a snapshot says of itself in its last record. */
export interface SnapshotEnd {
  readonly entries: number;
  readonly rows: number;
  readonly journalBytes: number;
}

/**
 * Performs the records of one file on a storage. Throws an InvariantError on a record that makes no sense: its frame passed
 * the checksum, so it was written so.
 */
export class Replay {
  /** The file's names by their numbers. */
  readonly names: string[] = [];
  /** Set by the last record of a snapshot. */
  end: SnapshotEnd | null = null;
  entries = 0;
  rows = 0;
  private bytes: Buffer = Buffer.alloc(0);
  private at = 0;

  constructor(
    readonly storage: SlabStorage,
    readonly farTimes: FarTimes,
  ) {}

  apply(payload: Buffer): void {
    this.bytes = payload;
    this.at = 0;
    while (this.at < payload.length) this.record(this.byte());
    if (this.at !== payload.length) throw new InvariantError('a record reaches beyond its frame');
  }

  private record(tag: number): void {
    const store = this.storage.store((tag & FLAG.data) === 0 ? 'system' : 'data');
    const perform = PERFORM[tag & KIND_MASK];
    if (perform === undefined) throw new InvariantError(`unknown record ${tag}`);
    perform(this, store, tag);
  }

  /** Its key and value are bytes of the frame: the store copies them. */
  entry(tag: number): Entry {
    const origin = this.name();
    const seq = this.varint();
    const hlc = this.hlc();
    const expiryMs = (tag & FLAG.expires) === 0 ? 0 : this.varint();
    const isStub = (tag & STUB) === STUB;
    const type = isStub || (tag & FLAG.typed) === 0 ? undefined : this.type();
    const key = this.block();
    const value = (tag & FLAG.tombstone) === 0 ? this.block() : null;
    this.entries++;
    if (isStub) return { key, value: null, hlc, origin, seq, expiryMs, evicted: true };
    return typedEntry({ key, value, hlc, origin, seq, expiryMs }, type);
  }

  private type(): ValueType {
    const number = this.byte();
    const type = asValueType(number);
    if (type === undefined) throw new InvariantError(`a record gives the unknown type ${number}`);
    return type;
  }

  /** As older versions wrote a touch. */
  rewrite(store: SlabStore, tag: number): void {
    const origin = this.name();
    const seq = this.varint();
    const hlc = this.hlc();
    const expiryMs = (tag & FLAG.expires) === 0 ? 0 : this.varint();
    const key = this.block();
    const current = store.get(key);
    if (current !== undefined && current.value !== null) {
      store.write(typedEntry({ key, value: current.value, hlc, origin, seq, expiryMs }, current.type));
      return;
    }
    // What the key has by now was read into a snapshot, and comes later in this journal (see snapshot.ts).
    store.append(origin, seq, key);
    store.advance(origin, seq);
    this.storage.observeClock(hlc);
  }

  touch(store: SlabStore, tag: number): void {
    const value = { origin: this.name(), hlc: this.hlc() };
    const touch = { origin: this.name(), seq: this.varint(), hlc: this.hlc() };
    const expiryMs = (tag & FLAG.expires) === 0 ? 0 : this.varint();
    const key = this.block();
    const isWrite = (tag & FLAG.tombstone) === 0;
    const current = store.get(key);
    const isLeftOut = this.farTimes.leavesOut(store, { key, hlc: touch.hlc });
    if (!isLeftOut && current !== undefined && isSameWrite(current, value)) {
      const entry = touched(current, touch, expiryMs);
      if (isWrite) store.touch(entry);
      else store.put(entry);
    } else if (isWrite) {
      // What the key has by now was read into a snapshot, and comes later in this journal (see snapshot.ts).
      store.append(touch.origin, touch.seq, key);
      store.advance(touch.origin, touch.seq);
      // The time was given all the same, and none may be given twice.
      if (!isLeftOut) this.storage.observeClock(touch.hlc);
    }
  }

  range(): Range {
    const span = { origin: this.name(), from: this.varint(), upto: this.varint() };
    return { ...span, rows: this.packed(span) };
  }

  /** With memory of their own, since they are read in whole words. */
  packed(span: Span | null): PackedEntries {
    const count = this.varint();
    const origins = Array.from({ length: this.varint() }, () => this.name());
    const entries = { count, origins, words: wordsOf(this.block()) };
    const fault = faultOf(entries, span);
    if (fault !== null) throw new InvariantError(`a record of packed entries has ${fault}`);
    return entries;
  }

  vector(): VectorData {
    const seqs = this.varint();
    const floors = this.varint();
    return { seqs: this.numbersByName(seqs), floors: this.numbersByName(floors) };
  }

  private numbersByName(count: number): Record<string, number> {
    const numbers: Record<string, number> = {};
    for (let i = 0; i < count; i++) {
      const name = this.name();
      numbers[name] = this.varint();
    }
    return numbers;
  }

  name(): string {
    const number = this.varint();
    const name = this.names[number];
    if (name === undefined) throw new InvariantError(`a record gives a name by the unknown number ${number}`);
    return name;
  }

  private byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new InvariantError('a record reaches beyond its frame');
    return byte;
  }

  varint(): number {
    let byte = this.byte();
    let value = byte & 0x7f;
    for (let scale = 128; byte > 0x7f; scale *= 128) {
      byte = this.byte();
      value += (byte & 0x7f) * scale;
    }
    return value;
  }

  hlc(): Hlc {
    const { bytes, at } = this;
    this.at += 7;
    if (this.at > bytes.length) throw new InvariantError('a record reaches beyond its frame');
    return bytes.readUInt32LE(at) + bytes.readUIntLE(at + 4, 3) * 0x100000000;
  }

  /** Bytes of the frame, valid as long as it is. */
  block(): Buffer {
    const length = this.varint();
    const start = this.at;
    this.at += length;
    if (this.at > this.bytes.length) throw new InvariantError('a record reaches beyond its frame');
    return this.bytes.subarray(start, this.at);
  }
}

// ---------------------------------------------------------------------------------------------------------------------

const STUB = FLAG.tombstone | FLAG.typed;

/** What each kind of record does. Arguments are read off the record in the order of its fields. */
const PERFORM: Readonly<Record<number, (record: Replay, store: SlabStore, tag: number) => void>> = {
  [RECORD.put]: (record, store, tag) => {
    const entry = record.entry(tag);
    if (!record.farTimes.leavesOut(store, entry)) store.put(entry);
  },
  [RECORD.entries]: (record, store) => {
    const packed = record.packed(null);
    store.takePacked(record.farTimes.entries(store, packed));
    record.entries += packed.count;
  },
  [RECORD.range]: (record, store) => void store.receive(record.farTimes.range(store, record.range()), null),
  [RECORD.write]: (record, store, tag) => {
    const entry = record.entry(tag);
    if (!record.farTimes.leavesOut(store, entry)) return store.write(entry);
    store.append(entry.origin, entry.seq, entry.key);
    store.advance(entry.origin, entry.seq);
  },
  [RECORD.rewrite]: (record, store, tag) => record.rewrite(store, tag),
  [RECORD.touch]: (record, store, tag) => record.touch(store, tag),
  [RECORD.drop]: (record, store) => store.drop(record.block()),
  [RECORD.append]: (record, store) => {
    record.rows++;
    store.append(record.name(), record.varint(), record.block());
  },
  [RECORD.advance]: (record, store) => store.advance(record.name(), record.varint()),
  [RECORD.trim]: (record, store) => store.trim(record.name(), record.varint()),
  [RECORD.adopt]: (record, store, tag) => {
    if ((tag & FLAG.tombstone) !== 0) store.disclaim();
    store.adopt(record.vector());
  },
  [RECORD.retire]: (record, store) => store.retire(record.name(), record.varint()),
  [RECORD.meta]: (record) => {
    const name = record.block().toString();
    const json = record.block().toString();
    record.storage.setMeta(name, json === '' ? undefined : JSON.parse(json));
  },
  [RECORD.clock]: (record) => {
    const hlc = record.hlc();
    if (!record.farTimes.has(hlc)) record.storage.observeClock(hlc);
  },
  [RECORD.name]: (record) => {
    record.names.push(record.block().toString());
  },
  [RECORD.end]: (record) => {
    record.end = { entries: record.varint(), rows: record.varint(), journalBytes: record.varint() };
  },
};
