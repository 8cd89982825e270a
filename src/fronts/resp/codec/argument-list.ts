import type { Bytes } from '../../../core/model/bytes.js';
import { Bounds } from './bounds.js';
import type { ShortRequest } from './short-request.js';

/**
 * The arguments of a request, the name of the command first, by their places in the bytes that came: a million of them are
 * no million objects. They are good until the end of the turn; what outlives it calls `keep`.
 */
export class ArgumentList {
  /** Bytes that are this list's own. */
  keptBytes = 0;

  constructor(
    private bytes: Buffer,
    /** Where the request begins, to which the bounds are relative. */
    private start: number,
    private readonly bounds: Bounds,
    /** Whether the bytes stay as they are for as long as somebody refers to them. */
    private readonly isStable = false,
  ) {}

  /** Of some bytes each for itself, which are copied. */
  static of(args: readonly Bytes[]): ArgumentList {
    const bounds = new Bounds();
    let end = 0;
    for (const argument of args) {
      bounds.add(end, end + argument.length);
      end += argument.length;
    }
    return new ArgumentList(Buffer.concat(args), 0, bounds, true);
  }

  get length(): number {
    return this.bounds.count / 2;
  }

  /** Bytes of an argument. */
  lengthOf(index: number): number {
    return this.bounds.at(2 * index + 1) - this.bounds.at(2 * index);
  }

  /** A view. */
  at(index: number): Bytes {
    const { bytes, start, bounds } = this;
    return bytes.subarray(start + bounds.at(2 * index), start + bounds.at(2 * index + 1));
  }

  /** All of them as views: for lists that are known to be short. */
  toArray(): Bytes[] {
    const { length } = this;
    const args = new Array<Bytes>(length);
    for (let i = 0; i < length; i++) args[i] = this.at(i);
    return args;
  }

  /** Tells where the key at this index is, and the value behind it if it has one. */
  place(request: ShortRequest, index: number, hasValue: boolean): void {
    const { start, bounds } = this;
    request.bytes = this.bytes;
    request.keyStart = start + bounds.at(2 * index);
    request.keyEnd = start + bounds.at(2 * index + 1);
    request.valueStart = hasValue ? start + bounds.at(2 * index + 2) : request.keyEnd;
    request.valueEnd = hasValue ? start + bounds.at(2 * index + 3) : request.keyEnd;
  }

  /** Copies the bytes where they would not stay, or would keep much more than themselves. */
  keep(): this {
    if (this.keptBytes > 0) return this;
    const end = this.start + this.bounds.at(this.bounds.count - 1);
    if (!this.isStable || 2 * (end - this.start) < this.bytes.length) {
      const copy = Buffer.allocUnsafe(end - this.start);
      this.bytes.copy(copy, 0, this.start, end);
      this.bytes = copy;
      this.start = 0;
    }
    this.keptBytes = this.bytes.length + this.bounds.byteLength + LIST_BYTES;
    return this;
  }
}

// ---

const LIST_BYTES = 200;
