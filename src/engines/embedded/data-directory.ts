import { existsSync, fstatSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DirectoryLock, isLockFile } from './directory-lock.js';
import { type Disk, nodeDisk } from './disk.js';
import { noDirectory, unwritable } from './failures.js';
import { encodeHeader, FILE_HEADER_BYTES, type FileKind, type FrameFile, newHeader } from './frames.js';

/** The files of a data directory by their numbers, ascending. */
export interface DataFiles {
  readonly journals: readonly number[];
  readonly snapshots: readonly number[];
  /** Paths of files that a crash left unfinished. */
  readonly partials: readonly string[];
}

/** A file under construction: it has its header and a temporary name. */
export interface PartialFile extends FrameFile {
  readonly path: string;
  readonly partialPath: string;
  readonly fd: number;
}

/** Whether a directory holds entries of a node (as opposed to being missing, empty or of something else). */
export function hasData(dir: string): boolean {
  try {
    return holdsData(dir);
  } catch (error) {
    throw unwritable(dir, error);
  }
}

function holdsData(dir: string): boolean {
  const place = statSync(dir, { throwIfNoEntry: false });
  if (place === undefined) return false;
  if (!place.isDirectory()) throw noDirectory(dir);
  const files = listData(dir);
  return files.journals.length + files.snapshots.length > 0;
}

/**
 * Move everything in a data directory into a new folder `set-aside-YYYYMMDD-HHMMSS` (UTC) of it, so that the directory is
 * as good as new and nothing is lost; gives the folder's path. What was set aside before stays where it is, and so does the
 * log that this process writes there.
 * Throws OperatorError 'directory-in-use' while a node runs there, 'directory-unwritable' if it cannot be changed.
 */
export async function setAsideData(dir: string, now: Date = new Date()): Promise<string> {
  const lock = await DirectoryLock.acquire(dir);
  try {
    const folder = newFolder(dir, `${SET_ASIDE_PREFIX}${stamp(now)}`);
    for (const name of readdirSync(dir)) {
      const stays = isLockFile(name) || name.startsWith(SET_ASIDE_PREFIX) || isOwnOutput(join(dir, name));
      if (!stays) renameSync(join(dir, name), join(folder, name));
    }
    await nodeDisk.syncDirectory(folder);
    await nodeDisk.syncDirectory(dir);
    return folder;
  } catch (error) {
    throw unwritable(dir, error);
  } finally {
    lock.release();
  }
}

/** Whether this process's stdout or stderr goes into the file: it would go on into it wherever that is moved. */
function isOwnOutput(path: string): boolean {
  const file = statSync(path, { throwIfNoEntry: false });
  return [1, 2].some((fd) => {
    try {
      const { dev, ino } = fstatSync(fd);
      return file?.dev === dev && file.ino === ino;
    } catch {
      // That one is closed.
      return false;
    }
  });
}

export function listData(dir: string, disk: Pick<Disk, 'list'> = nodeDisk): DataFiles {
  const names = disk.list(dir);
  const numbers = (kind: FileKind): number[] =>
    names
      .filter((name) => FILE_NAMES[kind].test(name))
      .map((name) => Number(name.slice(kind.length + 1)))
      .sort((a, b) => a - b);
  const partials = names.filter((name) => PARTIAL_NAME.test(name)).map((name) => join(dir, name));
  return { journals: numbers('journal'), snapshots: numbers('snapshot'), partials };
}

export function dataPath(dir: string, kind: FileKind, number: number): string {
  return join(dir, `${kind}-${String(number).padStart(10, '0')}`);
}

/** Begin a file under a temporary name. Only {@link finishFile} gives it its own, so a file by that name is never half made. */
export async function beginFile(disk: Disk, dir: string, kind: FileKind, number: number): Promise<PartialFile> {
  const path = dataPath(dir, kind, number);
  const partialPath = partialPathOf(path);
  const header = newHeader(kind, number);
  const file = {
    path,
    partialPath,
    fd: await createAnew(disk, partialPath),
    version: header.version,
    salt: header.salt,
    size: FILE_HEADER_BYTES,
    synced: 0,
  };
  try {
    await disk.writeInPool(file.fd, encodeHeader(header), 0);
    return file;
  } catch (error) {
    await discardFile(disk, file);
    throw error;
  }
}

/** Close a file that will not be finished, and give its space back. What cannot be removed is so by the next opening. */
export async function discardFile(disk: Disk, file: PartialFile): Promise<void> {
  disk.close(file.fd);
  await disk.remove(file.partialPath).catch(() => {});
}

/** Make a file durable, then its name. */
export async function finishFile(disk: Disk, dir: string, file: PartialFile): Promise<void> {
  const { size } = file;
  await disk.sync(file.fd);
  file.synced = size;
  await nameFile(disk, dir, file);
}

/** Give a durable file its name, durably. */
export async function nameFile(
  disk: Disk,
  dir: string,
  file: Pick<PartialFile, 'path' | 'partialPath'>,
): Promise<void> {
  await disk.rename(file.partialPath, file.path);
  await disk.syncDirectory(dir);
}

/** The path of a file that has not got its name yet. */
export function partialPathOf(path: string): string {
  return `${path}.partial`;
}

/** Remove what a newer snapshot made superfluous, oldest first. */
export async function removeObsolete(disk: Disk, dir: string, snapshot: number): Promise<void> {
  const files = listData(dir, disk);
  for (const kind of ['snapshot', 'journal'] as const) {
    for (const number of files[`${kind}s`]) if (number < snapshot) await disk.remove(dataPath(dir, kind, number));
  }
}

// ---------------------------------------------------------------------------------------------------------------------

const SET_ASIDE_PREFIX = 'set-aside-';
const FILE_NAMES: Record<FileKind, RegExp> = { journal: /^journal-\d{10}$/, snapshot: /^snapshot-\d{10}$/ };
const PARTIAL_NAME = /^(journal|snapshot)-\d{10}\.partial$/;

/** An attempt that failed may have left its file, if it could not even be removed. */
async function createAnew(disk: Disk, path: string): Promise<number> {
  try {
    return await disk.create(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    await disk.remove(path);
    return disk.create(path);
  }
}

function newFolder(dir: string, name: string): string {
  let path = join(dir, name);
  for (let copy = 2; existsSync(path); copy++) path = join(dir, `${name}-${copy}`);
  mkdirSync(path, { mode: 0o700 });
  return path;
}

/** YYYYMMDD-HHMMSS, UTC. */
function stamp(now: Date): string {
  const digits = now.toISOString().replace(/\D/g, '');
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}`;
}
