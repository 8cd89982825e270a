import { OperatorError } from '../../core/errors.js';

/** What an operator reads when a file of a data directory is damaged: the file, the place, and the way out. */
export function corrupt(path: string, offset: number, what: string, options?: ErrorOptions): OperatorError {
  const hint =
    'take a fresh copy from another member: mneme cluster join ADDRESS --set-aside-data (the damaged files are kept)';
  return new OperatorError('data-corrupt', `${path} is damaged at byte ${offset}: ${what}`, hint, options);
}

/** A call to the file system that failed, as what an operator must act on. Other errors stay what they are. */
export function unwritable(path: string, cause: unknown): Error {
  const error = cause as NodeJS.ErrnoException;
  if (error.syscall === undefined) return error;
  const hint = `check the owner and the free space: ls -ld ${path}; df -h ${path}`;
  return new OperatorError('directory-unwritable', `cannot write to ${path}: ${error.message}`, hint, { cause });
}
