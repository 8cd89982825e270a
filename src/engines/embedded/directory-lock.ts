import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { OperatorError } from '../../core/model/errors.js';
import { advice } from '../../hints/advice.js';
import { DirectoryName } from './directory-name.js';
import { unwritable } from './failures.js';
import { makePrivateDirectory, removeMade } from './private-directory.js';

/** A data directory that this process alone uses. */
export type HeldLock = Pick<DirectoryLock, 'isHeld' | 'renew' | 'withdraw' | 'moveTo' | 'release' | 'removeMade'>;

/**
 * One process at a time per data directory, without native code, and without anything to clean up after a `kill -9`.
 *
 * Each process that wants the directory first creates an empty file whose name says who it is (pid, start of the process,
 * chance), and then looks at the others' files:
 * 1. Everyone creates before looking, so of two processes at least one sees the other: never do both hold the directory.
 * 2. The file of a living process refuses us. Our own file goes away, and after a moment we try again, since the other one
 *    may have been refused at the same time.
 * 3. The file of a dead process is removed. Names are never used twice, so this cannot hit a living one's.
 * 4. Files can be deleted by anybody who tidies up. So where the system has it, the holder also has a name that only the
 *    system can take away, when the process ends (see DirectoryName); and the holder makes its file again.
 *
 * A pid that is in use again is told apart by the start of its process, where /proc gives it. Processes in other containers
 * or on other machines that share the directory cannot be seen; do not share it.
 */
export class DirectoryLock {
  private constructor(
    private path: string,
    private name: DirectoryName,
    private readonly made: readonly string[],
  ) {}

  /** Creates the directory if need be. Throws OperatorError 'directory-in-use' or 'directory-unwritable'. */
  static async acquire(dir: string): Promise<DirectoryLock> {
    const made = await makePrivateDirectory(dir);
    for (let attempt = 1; ; attempt++) {
      const file = createLockFile(dir);
      const name = await DirectoryName.take(dir);
      const holder = livingHolder(dir, file);
      if (holder === null && name !== null) return new DirectoryLock(join(dir, file), name, made);
      name?.release();
      unlinkSync(join(dir, file));
      if (attempt === ATTEMPTS_MAX) throw inUse(dir, holder);
      await delay(randomBytes(1)[0]! / 8);
    }
  }

  /** Whether its file is there. */
  get isHeld(): boolean {
    return existsSync(this.path);
  }

  /** Make the file again that somebody has removed. */
  renew(): void {
    closeSync(openSync(this.path, 'wx', 0o600));
  }

  /** Hold the directory that is now where ours was. Rejects if another process has it. */
  async moveTo(dir: string): Promise<void> {
    const next = await DirectoryLock.acquire(dir);
    this.release();
    this.path = next.path;
    this.name = next.name;
  }

  /** Takes its file away where it was made in another directory, which had come to this place meanwhile. */
  withdraw(): void {
    removeIfThere(this.path);
  }

  release(): void {
    removeIfThere(this.path);
    this.name.release();
  }

  /** Remove the directories that were made for the lock, as far as they are empty. */
  removeMade(): void {
    removeMade(this.made);
  }
}

export function isLockFile(name: string): boolean {
  return LOCK_NAME.test(name);
}

// ---------------------------------------------------------------------------------------------------------------------

const ATTEMPTS_MAX = 4;
/** lock-PID-START-CHANCE */
const LOCK_NAME = /^lock-(\d+)-([^-]+)-([0-9a-f]{16})$/;
const UNKNOWN_START = 'unknown';

function createLockFile(dir: string): string {
  const name = `lock-${process.pid}-${startOf(process.pid) ?? UNKNOWN_START}-${randomBytes(8).toString('hex')}`;
  try {
    closeSync(openSync(join(dir, name), 'wx', 0o600));
    return name;
  } catch (error) {
    throw unwritable(dir, error);
  }
}

/** The pid of another living process that has its file in the directory. Files of dead ones are removed. */
function livingHolder(dir: string, own: string): number | null {
  let holder: number | null = null;
  for (const name of readdirSync(dir)) {
    const match = LOCK_NAME.exec(name);
    if (match === null || name === own) continue;
    const pid = Number(match[1]);
    const start = startOf(pid);
    if (start === null || isOther(match[2]!, start)) removeIfThere(join(dir, name));
    else holder = pid;
  }
  return holder;
}

/** Whether two known starts differ: the pid went to another process. */
function isOther(a: string, b: string): boolean {
  return a !== UNKNOWN_START && b !== UNKNOWN_START && a !== b;
}

/** What tells a process from others with the same pid, before or after it; null: there is no such process. */
function startOf(pid: number): string | null {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return null;
  }
  try {
    // The second field, the name, may hold anything; the state is the first field after it, the start time the twentieth.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    // Start times count from the machine's start, so they come again after the next one.
    const machineStart = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8);
    return `${fields[19]}.${machineStart}`;
  } catch {
    return UNKNOWN_START;
  }
}

/** Another process may remove the same dead one's file. */
function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** `pid` null: its file was removed. */
function inUse(dir: string, pid: number | null): OperatorError {
  const other = 'Give each node a directory of its own with --dir PATH.';
  if (pid !== null) {
    return new OperatorError(
      'directory-in-use',
      `${dir} is in use by the process ${pid}`,
      advice(`ps -p ${pid}`, other),
    );
  }
  const message = `${dir} is in use by another process, whose lock file was removed`;
  return new OperatorError('directory-in-use', message, advice('ss -xlp | grep mneme-directory', other));
}
