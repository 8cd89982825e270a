import { basename, dirname } from 'node:path';
import type { Disk } from '../../src/engines/embedded/disk.js';
import type { Prng } from './prng.js';

/** full: no more bytes fit; broken: what is written or synced fails; lossy: what is written is taken, and its sync fails; slow: a sync takes long. */
export type DiskFault = 'full' | 'broken' | 'lossy' | 'slow';

const SECTOR_BYTES = 512;

interface Unsynced {
  readonly at: number;
  readonly bytes: Buffer;
}

/** Bytes that grow at their end. */
class Growing {
  private data = Buffer.alloc(1024);
  length = 0;

  get bytes(): Buffer {
    return this.data.subarray(0, this.length);
  }

  write(bytes: Uint8Array, at: number): void {
    const end = at + bytes.length;
    if (end > this.data.length) this.data = Buffer.concat([this.data, Buffer.alloc(2 * end - this.data.length)]);
    this.data.set(bytes, at);
    this.length = Math.max(this.length, end);
  }

  truncate(size: number): void {
    this.data.fill(0, size);
    this.length = Math.min(this.length, size);
  }

  copy(): Growing {
    const copy = new Growing();
    copy.write(this.bytes, 0);
    return copy;
  }
}

/** One file: as processes see it, as it is on the disk for good, and the writes between the two. */
class SimFile {
  content = new Growing();
  private durable = new Growing();
  private unsynced: Unsynced[] = [];

  constructor(readonly id: number) {}

  get unsyncedCount(): number {
    return this.unsynced.length;
  }

  write(bytes: Uint8Array, at: number): void {
    const copy = Buffer.from(bytes);
    this.content.write(copy, at);
    this.unsynced.push({ at, bytes: copy });
  }

  truncate(size: number): void {
    this.content.truncate(size);
    this.durable.truncate(size);
    const left = this.unsynced.filter(({ at }) => at < size);
    this.unsynced = left.map(({ at, bytes }) => ({ at, bytes: bytes.subarray(0, size - at) }));
  }

  /** The first so many of the writes are on the disk. */
  sync(count: number): void {
    for (const { at, bytes } of this.unsynced.splice(0, count)) this.durable.write(bytes, at);
  }

  /** The first so many will never be, although readers see them: a failed sync has counted them as written. */
  forget(count: number): void {
    this.unsynced.splice(0, count);
  }

  copy(): SimFile {
    const copy = new SimFile(this.id);
    copy.content = this.content.copy();
    copy.durable = this.content.copy();
    return copy;
  }

  /** Of the writes that were not synced some have reached the disk, be they later than others, and of some only sectors. */
  losePower(random: Prng): void {
    this.sync(random.between(0, this.unsynced.length));
    for (const write of this.unsynced) {
      if (random.chance(0.4)) this.durable.write(write.bytes, write.at);
      else if (random.chance(0.5)) this.tear(write, random);
    }
    this.unsynced = [];
    this.content = this.durable.copy();
  }

  private tear({ at, bytes }: Unsynced, random: Prng): void {
    for (let start = 0; start < bytes.length; ) {
      const end = Math.min(bytes.length, start + SECTOR_BYTES - ((at + start) % SECTOR_BYTES));
      const from = random.chance(0.5) ? start : start + random.between(0, end - start);
      if (random.chance(0.7)) this.durable.write(bytes.subarray(from, end), at + from);
      start = end;
    }
  }
}

/** A directory, as a backup copies it. */
export type FilesCopy = ReadonlyMap<string, SimFile>;

/**
 * A disk in memory: what a process wrote stays when the process dies; when the power goes, what was not synced is torn. It can be full, fail, and be set back to an older copy. Calls take a moment, a sync takes longer.
 */
export class SimFiles implements Disk {
  fault: DiskFault | null = null;
  /** Runs something after so many milliseconds, if the process that asked is there by then. */
  later: (kind: 'sync' | 'step', run: () => void) => void = (_kind, run) => run();
  private names = new Map<string, SimFile>();
  private durableNames = new Map<string, SimFile>();
  private readonly fds = new Map<number, SimFile>();
  private lastFd = 2;
  private lastId = 0;

  // ---- what happens to it

  /** All that was written is there, in the system's memory at least. */
  killProcess(): void {
    this.fds.clear();
  }

  losePower(random: Prng): void {
    this.fds.clear();
    if (!random.chance(0.5)) this.names = new Map(this.durableNames);
    else this.durableNames = new Map(this.names);
    for (const file of new Set(this.names.values())) file.losePower(random);
  }

  copy(): FilesCopy {
    return new Map([...this.names].map(([path, file]) => [path, file.copy()]));
  }

  putBack(copy: FilesCopy): void {
    this.fds.clear();
    this.names = new Map([...copy].map(([path, file]) => [path, file.copy()]));
    this.durableNames = new Map(this.names);
  }

  // ---- Disk

  list(dir: string): string[] {
    return [...this.names.keys()].filter((path) => dirname(path) === dir).map((path) => basename(path));
  }

  sizeOf(path: string): number | null {
    return this.names.get(path)?.content.length ?? null;
  }

  open(path: string): number {
    return this.opened(this.named(path, 'open'));
  }

  size(fd: number): number {
    return this.file(fd).content.length;
  }

  read(fd: number, into: Uint8Array, position: number): number {
    const bytes = this.file(fd).content.bytes.subarray(position, position + into.length);
    into.set(bytes);
    return bytes.length;
  }

  create(path: string): Promise<number> {
    return this.step(() => {
      if (this.names.has(path)) throw errorOf('EEXIST', 'open');
      this.attempt('open');
      const file = new SimFile(++this.lastId);
      this.names.set(path, file);
      return this.opened(file);
    });
  }

  write(fd: number, bytes: Uint8Array, position: number): void {
    this.attempt('write');
    const file = this.file(fd);
    if (this.fault === 'full' && position + bytes.length > file.content.length && !this.hasRoom(bytes.length))
      throw errorOf('ENOSPC', 'write');
    file.write(bytes, position);
  }

  writeInPool(fd: number, bytes: Uint8Array, position: number): Promise<void> {
    return this.step(() => this.write(fd, bytes, position));
  }

  truncate(fd: number, size: number): void {
    this.file(fd).truncate(size);
  }

  sync(fd: number): Promise<void> {
    const file = this.file(fd);
    const count = file.unsyncedCount;
    return this.step(() => this.finishSync(file, count), 'sync');
  }

  syncNow(fd: number): void {
    const file = this.file(fd);
    this.finishSync(file, file.unsyncedCount);
  }

  close(fd: number): void {
    this.fds.delete(fd);
  }

  rename(from: string, to: string): Promise<void> {
    return this.step(() => {
      this.attempt('rename');
      this.names.set(to, this.named(from, 'rename'));
      this.names.delete(from);
    });
  }

  remove(path: string): Promise<void> {
    return this.step(() => this.removeNow(path));
  }

  removeNow(path: string): void {
    this.attempt('unlink');
    this.freed += this.named(path, 'unlink').content.length;
    this.names.delete(path);
  }

  syncDirectory(): Promise<void> {
    const names = new Map(this.names);
    return this.step(() => {
      this.attempt('fsync');
      this.durableNames = names;
    }, 'sync');
  }

  async identity(path: string): Promise<string | null> {
    const file = this.names.get(path);
    if (file !== undefined) return `1:${file.id}`;
    return [...this.names.keys()].some((name) => dirname(name) === path) ? '1:0' : null;
  }

  identityOf(fd: number): string {
    return `1:${this.file(fd).id}`;
  }

  // ----

  /** Bytes that may be written although it is full, since something was removed. */
  private freed = 0;

  fail(fault: DiskFault): void {
    this.fault = fault;
    this.freed = 0;
  }

  mend(): void {
    this.fault = null;
  }

  private hasRoom(bytes: number): boolean {
    if (bytes > this.freed) return false;
    this.freed -= bytes;
    return true;
  }

  private finishSync(file: SimFile, count: number): void {
    if (this.fault !== 'broken' && this.fault !== 'lossy') return file.sync(count);
    file.forget(count);
    throw errorOf('EIO', 'fdatasync');
  }

  private attempt(syscall: string): void {
    if (this.fault === 'broken') throw errorOf('EIO', syscall);
  }

  private step<T>(act: () => T, kind: 'sync' | 'step' = 'step'): Promise<T> {
    return new Promise((resolve, reject) => {
      this.later(kind, () => {
        try {
          resolve(act());
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  private opened(file: SimFile): number {
    this.fds.set(++this.lastFd, file);
    return this.lastFd;
  }

  private file(fd: number): SimFile {
    const file = this.fds.get(fd);
    if (file === undefined) throw errorOf('EBADF', 'read');
    return file;
  }

  private named(path: string, syscall: string): SimFile {
    const file = this.names.get(path);
    if (file === undefined) throw errorOf('ENOENT', syscall);
    return file;
  }
}

function errorOf(code: string, syscall: string): Error {
  return Object.assign(new Error(`${code}: simulated, ${syscall}`), { code, syscall });
}
