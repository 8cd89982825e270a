import { isError } from '../admin/error-text.js';
import { OperatorError } from '../core/errors.js';

/** Where the path that was named is at fault, rather than the disk. */
const OF_THE_PATH = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'EACCES', 'EINVAL']);

/** What an operator should read when a file cannot be read or written: the file, what is wrong in words, and the errno. */
export function fileError(verb: 'read' | 'write', path: string, cause: unknown): OperatorError {
  if (cause instanceof OperatorError) return cause;
  const code = isError(cause) ? (cause.code ?? '') : '';
  const kind = OF_THE_PATH.has(code) ? 'usage' : 'refused';
  return new OperatorError(kind, `cannot ${verb} ${path}: ${reasonOf(cause, code)}`, HINTS[code] ?? null, { cause });
}

const WORDS: Record<string, string> = {
  ENOENT: 'no such file or directory',
  ENOTDIR: 'a part of the path is no directory',
  EISDIR: 'it is a directory',
  ELOOP: 'its symbolic links go round in circles',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be larger than is allowed',
  EBUSY: 'it is in use, or mounted',
  ENXIO: 'nobody is at the other end',
  EPIPE: 'nobody reads at the other end',
  EIO: 'the device fails',
};

const HINTS: Record<string, string> = {
  ENOSPC: 'make room, or name a file on another disk',
  EDQUOT: 'make room, or name a file on another disk',
};

/** Node's own text is `ENOSPC: no space left on device, write`. */
function reasonOf(cause: unknown, code: string): string {
  const text = isError(cause) ? cause.message : String(cause);
  if (code === '') return text;
  return `${WORDS[code] ?? /^\w+: ([^,]*)/.exec(text)?.[1] ?? text} (${code})`;
}
