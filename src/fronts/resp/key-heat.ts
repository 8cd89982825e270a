import { KeyGroups, type TopGroups } from '../../core/model/key-groups.js';
import type { ArgumentList } from './codec/argument-list.js';
import { newShortRequest, readShortRequest, type ShortRequest } from './codec/short-request.js';
import type { CommandDefinition } from './commands/definition.js';

/** How keys begin that clients ask for and write, in a window of time: three sums, of all, of reads and of writes. */
export interface Heat {
  readonly windowMs: number;
  readonly groups: TopGroups;
}

/**
 * Which keys are in use, from samples of the requests: while somebody looks, and not at all otherwise. At each sample it is drawn how many
 * requests are passed over until the next, so that a client's rhythm shows nothing; a sample counts for as many as that is in the mean.
 */
export class KeyHeat {
  /** Nothing is sampled otherwise: one look at this is the cost of it. */
  isOn = false;
  private untilMs = 0;
  private startedMs = 0;
  private groups = new KeyGroups(3);
  private latest: Heat | null = null;
  /** Samples and requests in this window. */
  private taken = 0;
  private seen = 0;
  private stride = 1;
  /** Requests until the next sample. */
  private left = 1;

  constructor(private readonly random: () => number = Math.random) {}

  /** What was in use lately; null: the look has only begun. From now on samples are taken for some seconds. */
  look(nowMs: number): Heat | null {
    if (this.isOn) this.roll(nowMs);
    if (!this.isOn) this.begin(nowMs, 1);
    this.isOn = true;
    this.untilMs = nowMs + LOOKED_AT_MS;
    return this.latest;
  }

  /** The first requests of some bytes, short ones all of them, were performed. */
  performedBytes(bytes: Buffer, from: number, end: number, performed: number, database: number, nowMs: number): void {
    this.roll(nowMs);
    this.seen += performed;
    if (this.left > performed) {
      this.left -= performed;
      return;
    }
    for (let i = 0, at = from; i < performed; i++) {
      if (!readShortRequest(REQUEST, bytes, at, end)) return;
      at = REQUEST.end;
      if (--this.left === 0) this.take(REQUEST, database);
    }
  }

  performedShort(requests: readonly ShortRequest[], performed: number, database: number, nowMs: number): void {
    this.roll(nowMs);
    this.seen += performed;
    for (let i = 0; i < performed; i++) if (--this.left === 0) this.take(requests[i]!, database);
  }

  performed({ flags, keys }: CommandDefinition, args: ArgumentList, database: number, nowMs: number): void {
    const isWrite = flags.includes('write');
    if (keys === undefined || keys.first >= args.length || !(isWrite || flags.includes('readonly'))) return;
    this.roll(nowMs);
    this.seen++;
    if (--this.left > 0) return;
    const key = args.at(keys.first);
    this.note(Buffer.from(key.buffer, key.byteOffset, key.length), 0, key.length, isWrite, database);
  }

  // ---

  private take({ bytes, keyStart, keyEnd, kind }: ShortRequest, database: number): void {
    this.note(bytes, keyStart, keyEnd, kind === 'set', database);
  }

  private note(bytes: Buffer, start: number, end: number, isWrite: boolean, database: number): void {
    const beginning = bytes.toString('latin1', start, Math.min(end, start + BEGINNING));
    const weight = this.stride;
    this.groups.add(String.fromCharCode(database) + beginning, isWrite ? [weight, 0, weight] : [weight, weight, 0]);
    // A burst that nobody expected costs no more than a few steps of this.
    if (++this.taken % ESCALATED_AFTER === 0) this.stride *= 2;
    this.left = 1 + Math.floor(this.random() * (2 * this.stride - 1));
  }

  private roll(nowMs: number): void {
    const windowMs = nowMs - this.startedMs;
    if (windowMs < WINDOW_MS) return;
    if (nowMs > this.untilMs) {
      this.isOn = false;
      this.latest = null;
      this.groups = new KeyGroups(3);
      return;
    }
    this.latest = { windowMs, groups: this.groups.top(GROUPS) };
    this.begin(nowMs, Math.max(1, Math.ceil(this.seen / windowMs) * (WINDOW_MS / SAMPLES)));
  }

  private begin(nowMs: number, stride: number): void {
    this.startedMs = nowMs;
    this.groups = new KeyGroups(3);
    this.taken = 0;
    this.seen = 0;
    this.stride = Math.floor(stride);
    this.left = 1 + Math.floor(this.random() * (2 * this.stride - 1));
  }
}

// ---

const WINDOW_MS = 1000;
/** Whoever looks asks again within this. */
const LOOKED_AT_MS = 5000;
/** In a window, as far as the one before it tells what comes. */
const SAMPLES = 1000;
const ESCALATED_AFTER = 2000;
const GROUPS = 32;
/** Of a key: what tells its group. */
const BEGINNING = 64;
/** What is read from it is used at once. */
const REQUEST = newShortRequest();
