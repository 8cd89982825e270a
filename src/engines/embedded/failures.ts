import { OperatorError } from '../../core/model/errors.js';
import { systemReason } from '../../core/model/system-errors.js';
import { advice, quoteWord } from '../../hints/advice.js';

/** What an operator reads when a file of a data directory is damaged: the file, the place, and the way out. */
export function corrupt(path: string, offset: number, what: string, options?: ErrorOptions): OperatorError {
  const hint =
    'Take a fresh copy from another member: mneme cluster join ADDRESS --set-aside-data. The damaged files are kept.';
  return new OperatorError('data-corrupt', `${path} is damaged at byte ${offset}: ${what}`, hint, options);
}

/** A call to the file system that failed, as what an operator must act on. Other errors are bugs, and thrown as they are. */
export function unwritable(path: string, cause: unknown): OperatorError {
  const error = cause as NodeJS.ErrnoException;
  if (error instanceof OperatorError) return error;
  if (error.syscall === undefined) throw error;
  return failed(path, error);
}

/** The same for whatever went wrong on the way to the disk: also after a fault of ours nothing more may be written. */
export function failed(path: string, cause: unknown): OperatorError {
  if (cause instanceof OperatorError) return cause;
  const { code = '' } = cause as NodeJS.ErrnoException;
  const message = `cannot write to ${path}: ${systemReason(cause)}`;
  return new OperatorError('directory-unwritable', message, hintOf(code, path), { cause });
}

/** What is named as a directory is something else. */
export function noDirectory(path: string): OperatorError {
  return new OperatorError('directory-unwritable', `${path} is no directory`, ANOTHER);
}

const ANOTHER = 'Name another directory with --dir PATH.';
/** Where the place that was named is at fault, rather than the disk. */
const OF_THE_PLACE = new Set(['ENOENT', 'ENOTDIR', 'EEXIST', 'ELOOP', 'ENAMETOOLONG', 'EROFS']);

function hintOf(code: string, path: string): string {
  if (OF_THE_PLACE.has(code)) return ANOTHER;
  if (code === 'EACCES' || code === 'EPERM')
    return 'Give the directory to the user that runs the node, or name another with --dir PATH.';
  return advice(
    `df -h ${quoteWord(path)}`,
    'Check the free space and the owner, or name another directory with --dir PATH.',
  );
}

/** A sync that has not come back. */
export function hangs(path: string, forMs: number): OperatorError {
  const message = `the disk of ${path} does not answer: a sync has not come back for ${forMs / 1000} s`;
  return new OperatorError('directory-unwritable', message, advice('dmesg | tail', 'And iostat -x 1 3.'));
}

/** What was there when the node opened its directory is there no more, or something else is in its place. */
export function vanished(what: string): OperatorError {
  return new OperatorError('directory-unwritable', what);
}

/** The disk, or the user's share of it, is full: what was written before is all right. */
export function isForSpace(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
