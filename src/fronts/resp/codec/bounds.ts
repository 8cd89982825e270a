/** Where the arguments of a request start and end, in pairs, relative to its start: side by side, however many there are. */
export class Bounds {
  /** How many numbers there are: two for each argument. */
  count = 0;
  private numbers = new Uint32Array(FIRST);

  get byteLength(): number {
    return this.numbers.byteLength;
  }

  add(start: number, end: number): void {
    if (this.count === this.numbers.length) this.grow();
    this.numbers[this.count++] = start;
    this.numbers[this.count++] = end;
  }

  at(index: number): number {
    return this.numbers[index]!;
  }

  private grow(): void {
    const grown = new Uint32Array(2 * this.numbers.length);
    grown.set(this.numbers);
    this.numbers = grown;
  }
}

// ---

/** Most requests have a few arguments. */
const FIRST = 8;
