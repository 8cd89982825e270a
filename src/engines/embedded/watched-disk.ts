import type { Disk } from './disk.js';

/** Told how long a disk took, in seconds. */
export interface DiskWatch {
  /** Changes were written to the journal, in one write. */
  wrote(seconds: number, bytes: number): void;
  /** What was written was made durable. */
  synced(seconds: number): void;
}

/** The same disk, watched. What fails is not counted: the engine tells of that. */
export function watchedDisk(disk: Disk, watch: DiskWatch): Disk {
  return {
    ...disk,
    write: (fd, bytes, position) => {
      const startMs = performance.now();
      disk.write(fd, bytes, position);
      watch.wrote((performance.now() - startMs) / 1000, bytes.length);
    },
    sync: async (fd) => {
      const startMs = performance.now();
      await disk.sync(fd);
      watch.synced((performance.now() - startMs) / 1000);
    },
  };
}
