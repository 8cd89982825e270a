import { mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Disk, nodeDisk } from '../../../src/engines/embedded/disk.js';

export type Step = keyof Disk;

/** What a power failure may leave: only what was synced, names synced or not with synced contents, or all (as `kill -9`). */
export const IMAGES = ['synced', 'names', 'all'] as const;
export type Image = (typeof IMAGES)[number];

interface File {
  path: string;
  syncedBytes: number;
  /** Kept when the file is removed, since its name may still be durable. */
  removed: Buffer | null;
}

/**
 * The real disk, with a look before each step, and with what a power failure would leave of it at any moment. Knows the
 * files that were made through it, which is all of them in a directory that began empty. Names change at once, so that what
 * is known here is never behind.
 */
export class WatchedDisk implements Disk {
  /** Called before each step with the name of the file or directory. What it throws is the failure of the step. */
  onStep: (step: Step, name: string) => void = () => {};
  /** A sync comes back only after this. */
  holdSync: Promise<void> | undefined;
  private readonly byFd = new Map<number, File>();
  private readonly names = new Map<string, File>();
  private durableNames = new Map<string, File>();

  /** Write down what a power failure would leave now. */
  imageTo(dir: string, image: Image): void {
    mkdirSync(dir);
    for (const [path, file] of image === 'synced' ? this.durableNames : this.names) {
      const content = file.removed ?? readFileSync(file.path);
      writeFileSync(join(dir, basename(path)), image === 'all' ? content : content.subarray(0, file.syncedBytes));
    }
  }

  list(dir: string): string[] {
    return nodeDisk.list(dir);
  }

  sizeOf(path: string): number | null {
    return nodeDisk.sizeOf(path);
  }

  open(path: string): number {
    return nodeDisk.open(path);
  }

  size(fd: number): number {
    return nodeDisk.size(fd);
  }

  read(fd: number, into: Uint8Array, position: number): number {
    return nodeDisk.read(fd, into, position);
  }

  async create(path: string): Promise<number> {
    this.onStep('create', basename(path));
    const fd = await nodeDisk.create(path);
    const file = { path, syncedBytes: 0, removed: null };
    this.byFd.set(fd, file);
    this.names.set(path, file);
    return fd;
  }

  write(fd: number, bytes: Uint8Array, position: number): void {
    this.onStep('write', this.nameOf(fd));
    nodeDisk.write(fd, bytes, position);
  }

  async writeInPool(fd: number, bytes: Uint8Array, position: number): Promise<void> {
    this.onStep('writeInPool', this.nameOf(fd));
    await nodeDisk.writeInPool(fd, bytes, position);
  }

  truncate(fd: number, size: number): void {
    this.onStep('truncate', this.nameOf(fd));
    nodeDisk.truncate(fd, size);
  }

  async sync(fd: number): Promise<void> {
    this.onStep('sync', this.nameOf(fd));
    await this.holdSync;
    const file = this.byFd.get(fd);
    const bytes = file === undefined ? 0 : readFileSync(file.path).length;
    await nodeDisk.sync(fd);
    if (file !== undefined) file.syncedBytes = Math.max(file.syncedBytes, bytes);
  }

  syncNow(fd: number): void {
    this.onStep('syncNow', this.nameOf(fd));
    nodeDisk.syncNow(fd);
    const file = this.byFd.get(fd);
    if (file !== undefined) file.syncedBytes = readFileSync(file.path).length;
  }

  close(fd: number): void {
    this.onStep('close', this.nameOf(fd));
    this.byFd.delete(fd);
    nodeDisk.close(fd);
  }

  async rename(from: string, to: string): Promise<void> {
    this.onStep('rename', basename(to));
    renameSync(from, to);
    const file = this.names.get(from)!;
    this.names.delete(from);
    this.names.set(to, file);
    file.path = to;
  }

  async remove(path: string): Promise<void> {
    this.onStep('remove', basename(path));
    const file = this.names.get(path);
    if (file !== undefined) file.removed = readFileSync(path);
    this.names.delete(path);
    unlinkSync(path);
  }

  removeNow(path: string): void {
    this.onStep('removeNow', basename(path));
    const file = this.names.get(path);
    if (file !== undefined) file.removed = readFileSync(path);
    this.names.delete(path);
    nodeDisk.removeNow(path);
  }

  identity(path: string): Promise<string | null> {
    return nodeDisk.identity(path);
  }

  identityOf(fd: number): string {
    return nodeDisk.identityOf(fd);
  }

  async syncDirectory(dir: string): Promise<void> {
    this.onStep('syncDirectory', basename(dir));
    const names = new Map(this.names);
    await nodeDisk.syncDirectory(dir);
    this.durableNames = names;
  }

  private nameOf(fd: number): string {
    const file = this.byFd.get(fd);
    return file === undefined ? 'opened' : basename(file.path);
  }
}
