import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Disk } from './disk.js';

export const RESERVE_NAME = 'reserve';

/**
 * A file that does nothing but take up space. When the disk is full it goes, and what it took is room for the turn that met
 * the full disk, which so is written and acknowledged, and for deletes. A disk counts as full until the file can be made again.
 */
export class Reserve {
  private whole: boolean;

  constructor(
    private readonly dir: string,
    private readonly disk: Disk,
    /** 0: there is no reserve. */
    private readonly bytes: number,
  ) {
    this.whole = bytes === 0 || this.disk.sizeOf(this.path) === bytes;
  }

  get isWhole(): boolean {
    return this.whole;
  }

  /** Give its space back, at once. Returns whether there was any. */
  release(): boolean {
    if (!this.whole || this.bytes === 0) return false;
    this.whole = false;
    try {
      this.disk.removeNow(this.path);
      return true;
    } catch {
      return false;
    }
  }

  /** Take the space again, also where somebody deleted the file. Rejects if there is not so much, and leaves nothing then. */
  async refill(): Promise<void> {
    if (this.whole && (this.bytes === 0 || (await this.disk.identity(this.path)) !== null)) return;
    this.whole = false;
    if (this.disk.sizeOf(this.path) !== null) await this.disk.remove(this.path);
    const fd = await this.disk.create(this.path);
    try {
      // Nothing that a file system could store in less space.
      await this.disk.writeInPool(fd, randomBytes(this.bytes), 0);
      this.whole = true;
    } finally {
      this.disk.close(fd);
      if (!this.whole) await this.disk.remove(this.path);
    }
  }

  /** The directory is another one now. */
  lose(): void {
    this.whole = this.bytes === 0;
  }

  private get path(): string {
    return join(this.dir, RESERVE_NAME);
  }
}
