/** What the system says in a code, in words. */
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
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many files are open in this process',
  ENFILE: 'too many files are open on this machine',
  EADDRNOTAVAIL: 'this machine has no such address',
  EADDRINUSE: 'the port is in use',
  EAFNOSUPPORT: 'this machine does not speak that kind of address',
  ENOTFOUND: 'unknown host',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
};

/** Why a call to the system failed, for an operator: in words, and with the code. Its own text is `ENOSPC: no space left on device, write`. */
export function systemReason(cause: unknown): string {
  const { code, message } = cause as { code?: unknown; message?: unknown };
  const text = typeof message === 'string' ? message : String(cause);
  if (typeof code !== 'string') return text;
  return `${WORDS[code] ?? /^\w+: ([^,]*)/.exec(text)?.[1] ?? text} (${code})`;
}
