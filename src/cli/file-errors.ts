import { isError } from '../admin/protocol/error-text.js';
import { OperatorError } from '../core/model/errors.js';
import { systemReason } from '../core/model/system-errors.js';

/** Where the path that was named is at fault, rather than the disk. */
const OF_THE_PATH = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'EACCES', 'EINVAL']);

/** What an operator should read when a file cannot be read or written: the file, what is wrong in words, and the errno. */
export function fileError(verb: 'read' | 'write', path: string, cause: unknown): OperatorError {
  if (cause instanceof OperatorError) return cause;
  const code = isError(cause) ? (cause.code ?? '') : '';
  const kind = OF_THE_PATH.has(code) ? 'usage' : 'refused';
  return new OperatorError(kind, `cannot ${verb} ${path || '""'}: ${systemReason(cause)}`, HINTS[code] ?? null, {
    cause,
  });
}

const HINTS: Record<string, string> = {
  ENOSPC: 'make room, or name a file on another disk',
  EDQUOT: 'make room, or name a file on another disk',
};
