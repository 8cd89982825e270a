import {
  close,
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsync,
  ftruncateSync,
  open,
  openSync,
  readdirSync,
  readSync,
  rename,
  type Stats,
  stat,
  statSync,
  unlink,
  unlinkSync,
  write,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';

/**
 * All that the embedded engine does on a disk. A port, so that tests can let it fail, stop it between any two steps, or
 * forget what was not synced.
 */
export interface Disk {
  /** The names in a directory. */
  list(dir: string): string[];
  /** Bytes of the file at a path; null: there is none, or it cannot be looked at. */
  sizeOf(path: string): number | null;
  /** Open a file that is there, for reading and writing. */
  open(path: string): number;
  size(fd: number): number;
  /** Read until the memory is full or the file ends. Returns how many bytes. */
  read(fd: number, into: Uint8Array, position: number): number;
  /** Create a file that must not exist yet, for its owner alone; gives its descriptor, for reading and writing. */
  create(path: string): Promise<number>;
  /** Write all the bytes, at once. */
  write(fd: number, bytes: Uint8Array, position: number): void;
  /** Write all the bytes without holding up the event loop; the caller leaves them alone meanwhile. */
  writeInPool(fd: number, bytes: Uint8Array, position: number): Promise<void>;
  truncate(fd: number, size: number): void;
  /** fdatasync without holding up the event loop. */
  sync(fd: number): Promise<void>;
  /** fdatasync, at once: for the few bytes that came after a sync. */
  syncNow(fd: number): void;
  close(fd: number): void;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** The same at once: for what has to give its space back within the turn. */
  removeNow(path: string): void;
  /** Make creations, renames and removals in a directory durable. */
  syncDirectory(dir: string): Promise<void>;
  /** What tells the file or directory at a path from any other that may stand there; null: there is none. */
  identity(path: string): Promise<string | null>;
  /** The same of an open file, wherever it is by now. */
  identityOf(fd: number): string;
}

export const nodeDisk: Disk = {
  list: (dir) => readdirSync(dir),
  sizeOf,
  open: (path) => openSync(path, 'r+'),
  size: (fd) => fstatSync(fd).size,
  read: readWhole,
  create: (path) => openLater(path, 'wx+', 0o600),
  write: writeAll,
  writeInPool: writeAllLater,
  truncate: ftruncateSync,
  sync: promisify(fdatasync),
  syncNow: fdatasyncSync,
  close: closeSync,
  rename: promisify(rename),
  remove: promisify(unlink),
  removeNow: unlinkSync,
  syncDirectory,
  identity,
  identityOf: (fd) => identityIn(fstatSync(fd)),
};

// ---------------------------------------------------------------------------------------------------------------------

const openLater = promisify<string, string, number, number>(open);
const statLater = promisify(stat);
const closeLater = promisify(close);
const fsyncLater = promisify(fsync);
const writeLater = promisify(write);

function sizeOf(path: string): number | null {
  try {
    return statSync(path).size;
  } catch {
    return null;
  }
}

function readWhole(fd: number, into: Uint8Array, position: number): number {
  let done = 0;
  while (done < into.length) {
    const count = readSync(fd, into, done, into.length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** A write may take fewer bytes than it was given, so it is repeated until it took all, or fails. */
function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(fd, bytes, done, bytes.length - done, position + done);
}

async function writeAllLater(fd: number, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await writeLater(fd, bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

async function syncDirectory(dir: string): Promise<void> {
  const fd = await openLater(dir, 'r', 0);
  try {
    await fsyncLater(fd);
  } finally {
    await closeLater(fd);
  }
}

async function identity(path: string): Promise<string | null> {
  try {
    return identityIn(await statLater(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

function identityIn({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}
