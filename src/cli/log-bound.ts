import { copyFileSync, fstatSync, ftruncateSync, renameSync } from 'node:fs';
import { systemReason } from '../core/model/system-errors.js';

/** A log is kept so long, and as much of what was before it. */
const LOG_BYTES_MAX = 8 * 1024 * 1024;
/** It is looked at after so much was written. */
const LOOK_BYTES = 64 * 1024;

/** Where what was before a log goes. */
export function earlierLog(path: string): string {
  return `${path}.1`;
}

/** Before a process begins to write to it: a log that is too long makes room for a new one. */
export function makeRoom(path: string, bytes: number, bytesMax = LOG_BYTES_MAX): boolean {
  if (bytes < bytesMax) return false;
  renameSync(path, earlierLog(path));
  return true;
}

/**
 * Keeps the log of a process in the background from growing without end. The file is the process' stderr, and cannot be changed for
 * another one: what is in it is copied, and it begins anew. It is to be open for appending.
 */
export class LogBound {
  private written = 0;

  constructor(
    private readonly path: string,
    private readonly descriptor = 2,
    private readonly bytesMax = LOG_BYTES_MAX,
    private readonly lookBytes = LOOK_BYTES,
  ) {}

  /** So much was written. Returns what is to be said first in a log that begins anew; null: this one goes on. */
  wrote(bytes: number): string | null {
    this.written += bytes;
    if (this.written < this.lookBytes) return null;
    this.written = 0;
    if (fstatSync(this.descriptor).size < this.bytesMax) return null;
    const earlier = earlierLog(this.path);
    try {
      copyFileSync(this.path, earlier);
      return `what was before is in ${earlier}`;
    } catch (error) {
      return `what was before is lost, since it cannot be kept in ${earlier}: ${systemReason(error)}`;
    } finally {
      ftruncateSync(this.descriptor, 0);
    }
  }
}
