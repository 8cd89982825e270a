/** A queue of hashes, outside of the heap: four bytes for each. */
export class HashQueue {
  length = 0;
  private ring = new Uint32Array(LENGTH_MIN);
  private first = 0;

  push(hash: number): void {
    if (this.length === this.ring.length) this.resize(2 * this.length);
    this.ring[(this.first + this.length++) % this.ring.length] = hash;
  }

  /** Takes the one that was pushed first; there has to be one. */
  shift(): number {
    const hash = this.ring[this.first]!;
    this.first = (this.first + 1) % this.ring.length;
    this.length--;
    if (this.length < this.ring.length / SHRINK && this.ring.length > LENGTH_MIN) this.resize(this.ring.length / 2);
    return hash;
  }

  private resize(length: number): void {
    const ring = new Uint32Array(length);
    for (let i = 0; i < this.length; i++) ring[i] = this.ring[(this.first + i) % this.ring.length]!;
    this.ring = ring;
    this.first = 0;
  }
}

// ---

const LENGTH_MIN = 16;
/** The ring is halved when so small a part of it is used. */
const SHRINK = 8;
