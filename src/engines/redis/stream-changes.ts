import { EXPIRY_MAX } from '../../core/model/expiry.js';
import { KEY_BYTES_MAX } from '../../core/model/limits.js';
import type { CommandKeys } from './command-keys.js';
import type { StreamTaker } from './stream-parser.js';
import type { RedisTarget } from './target.js';

/** What the stream tells of the database that is replicated, in the order in which it was done. */
export interface ChangeTaker {
  /** A key may have been changed. */
  changed(id: string): void;
  /** A key was deleted, by whomever: an application, its expiry, an eviction. */
  deleted(id: string): void;
  /** A key was set to a string, whose bytes may be used during the call. */
  set(id: string, value: Buffer, expiryMs: number): void;
  /** The database was emptied, or is another one by now. */
  flushed(): void;
  /** Whether the node itself told the server just this. */
  isOwn(command: string, id: string, value: Buffer | null): boolean;
}

/** Longer values are read when their turn comes. */
const TOLD_BYTES_MAX = 1 << 16;
/** Numbers and options. */
const WORD_BYTES_MAX = 64;
/** Not even an empty one. */
const NOTHING = -1;
/** A little more than a node holds, so that a key that is too long is named. */
const LONG_KEY_BYTES = KEY_BYTES_MAX + 1024;

/** Makes changes of keys out of the commands of a replication stream. */
export class StreamChanges implements StreamTaker {
  /** The database that the next command is of; null: not known yet, and taken for the one that is replicated. */
  private selected: number | null = null;
  private name = '';
  private count = 0;
  /** Of a command that holds the whole value of one key. */
  private id = '';
  private value: Buffer | null = null;
  private words: string[] = [];
  private isControl = false;

  constructor(
    private readonly target: RedisTarget,
    private readonly keys: CommandKeys,
    private readonly taker: ChangeTaker,
    /** Published in the database that is replicated, to know where it is in the stream. */
    private readonly marker: string,
  ) {}

  begin(name: string, count: number): void {
    this.name = name;
    this.count = count;
    this.id = '';
    this.value = null;
    this.words = [];
    this.isControl = CONTROL.includes(name);
    this.keys.begin(name, count);
  }

  wants(index: number): number {
    if (this.isValue(index)) return TOLD_BYTES_MAX;
    if (this.isKey(index)) return LONG_KEY_BYTES;
    return this.isControl || this.name === 'SET' ? WORD_BYTES_MAX : NOTHING;
  }

  argument(index: number, bytes: Buffer, start: number, end: number): void {
    if (this.isValue(index)) {
      const value = bytes.subarray(start, end);
      if (!this.isOurs || this.id === '') return;
      // Most are this: their value needs no copy of its own.
      if (index + 1 === this.count) this.endWhole(value);
      else this.value = Buffer.from(value);
    } else if (!this.isKey(index)) {
      this.words.push(bytes.toString('latin1', start, end));
    } else if (this.isOurs && this.hasPrefix(bytes, start, end)) {
      bytes[start - 1] = this.target.database;
      this.key(bytes.toString('latin1', start - 1, end));
    }
  }

  end(): void {
    switch (this.name) {
      case 'SELECT':
        this.selected = Number(this.words[0]);
        return;
      case 'PUBLISH':
        if (this.words[1] === this.marker) this.selected = this.target.database;
        return;
      case 'FLUSHDB':
        if (this.isOurs) this.taker.flushed();
        return;
      case 'FLUSHALL':
        this.taker.flushed();
        return;
      case 'SWAPDB':
        if (this.words.some((word) => Number(word) === this.target.database)) this.taker.flushed();
        return;
      default:
        if (this.id !== '') this.endWhole(this.value);
    }
  }

  private key(id: string): void {
    if (this.isWhole) this.id = id;
    else if (this.name !== 'DEL' && this.name !== 'UNLINK') this.taker.changed(id);
    else if (!this.taker.isOwn('DEL', id, null)) this.taker.deleted(id);
  }

  /** SET or RESTORE. */
  private endWhole(value: Buffer | null): void {
    const { id, name, taker } = this;
    this.id = '';
    if (value === null) return taker.changed(id);
    if (taker.isOwn(name, id, value)) return;
    const expiryMs = name === 'SET' && this.selected !== null ? this.expiryMs() : null;
    if (expiryMs === null) taker.changed(id);
    else taker.set(id, value, expiryMs);
  }

  /** Of a SET; null: it has other options, and the value that they make of it has to be read. */
  private expiryMs(): number | null {
    if (this.count === 3) return 0;
    const [option = '', time = ''] = this.words;
    const expiryMs = Number(time);
    const isPlain = this.count === 5 && option.toUpperCase() === 'PXAT' && expiryMs > 0 && expiryMs < EXPIRY_MAX;
    return isPlain && Number.isSafeInteger(expiryMs) ? expiryMs : null;
  }

  private get isOurs(): boolean {
    return this.selected === null || this.selected === this.target.database || CROSSING.includes(this.name);
  }

  /** Whether the command gives one key its whole value. */
  private get isWhole(): boolean {
    return (this.name === 'SET' && this.count >= 3) || (this.name === 'RESTORE' && this.count >= 4);
  }

  private isValue(index: number): boolean {
    return this.isWhole && index === (this.name === 'SET' ? 2 : 3);
  }

  private isKey(index: number): boolean {
    return !this.isControl && this.keys.isKey(index);
  }

  private hasPrefix(bytes: Buffer, start: number, end: number): boolean {
    const { prefix } = this.target;
    return (
      prefix.length === 0 ||
      (end - start >= prefix.length && bytes.compare(prefix, 0, prefix.length, start, start + prefix.length) === 0)
    );
  }
}

// ---------------------------------------------------------------------------------------------------------------------

/** They may name a key of another database than the one that is selected. */
const CROSSING: readonly string[] = ['COPY', 'MOVE'];
/** What they name are no keys. */
const CONTROL: readonly string[] = ['SELECT', 'PUBLISH', 'FLUSHDB', 'FLUSHALL', 'SWAPDB'];
