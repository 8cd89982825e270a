import {
  close,
  closeSync,
  fdatasync,
  fdatasyncSync,
  fsync,
  ftruncateSync,
  open,
  rename,
  unlink,
  write,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';

/**
 * All that the embedded engine changes on a disk. A port, so that tests can let it fail, stop it between any two steps, or
 * forget what was not synced.
 */
export interface Disk {
  /** Create a file that must not exist yet; gives its descriptor, for reading and writing. */
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
  /** Make creations, renames and removals in a directory durable. */
  syncDirectory(dir: string): Promise<void>;
}

export const nodeDisk: Disk = {
  create: (path) => openLater(path, 'wx+'),
  write: writeAll,
  writeInPool: writeAllLater,
  truncate: ftruncateSync,
  sync: promisify(fdatasync),
  syncNow: fdatasyncSync,
  close: closeSync,
  rename: promisify(rename),
  remove: promisify(unlink),
  syncDirectory,
};

// ---------------------------------------------------------------------------------------------------------------------

const openLater = promisify<string, string, number>(open);
const closeLater = promisify(close);
const fsyncLater = promisify(fsync);
const writeLater = promisify(write);

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
  const fd = await openLater(dir, 'r');
  try {
    await fsyncLater(fd);
  } finally {
    await closeLater(fd);
  }
}
