/** Why a node in the application's process did not do what it was asked for. Stable. */
export type MnemeErrorCode =
  /** A key, a value or an option is none. */
  | 'usage'
  /** What is stored under a key is none of the codec's values: who wrote it has another codec. */
  | 'unreadable'
  /** There is a hash, a set, a sorted set or another value of Redis under a key, and no string: they are read through the Redis port. */
  | 'wrong-type'
  /** The node was closed, or is about to end. */
  | 'closed'
  /** It has not caught up with its cluster yet. */
  | 'loading'
  /** It sees no majority, and the cluster's `partition-mode` is majority. */
  | 'no-quorum'
  /** Its disk takes no writes. */
  | 'read-only'
  /** It is at its limit of memory, and there is nothing to evict. */
  | 'out-of-memory'
  /** The disk failed after the change was made in memory: it may or may not survive the process. */
  | 'uncertain';

/**
 * Errors of the data methods. Those of operators' work (`merge`, `openNode`, …) are OperatorErrors, which have a `code` too.
 * Compare `code`, not the class by `instanceof`: a process that has both `require` and `import` of the package has each class twice.
 */
export class MnemeError extends Error {
  override name = 'MnemeError';

  constructor(
    readonly code: MnemeErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A write was refused, and nothing was changed; `uncertain`: it was made, and may not survive. */
export class WriteRefusedError extends MnemeError {
  override name = 'WriteRefusedError';
}

/** The error of an error text as clients of the port get it, with its code word first. */
export function writeRefused(refusal: string): WriteRefusedError {
  const space = refusal.indexOf(' ');
  const word = space < 0 ? refusal : refusal.slice(0, space);
  const code = CODES[word] ?? 'closed';
  const message = CODES[word] === 'out-of-memory' ? OUT_OF_MEMORY : refusal.slice(space + 1);
  return new WriteRefusedError(code, message);
}

/** What was made in memory could not be brought to the disk. */
export function uncertain(cause: unknown): WriteRefusedError {
  const message = cause instanceof Error ? cause.message.replace(/^[A-Z]+ /, '') : String(cause);
  return new WriteRefusedError('uncertain', message, { cause });
}

export function usage(message: string, options?: ErrorOptions): MnemeError {
  return new MnemeError('usage', message, options);
}

/** @param type as Redis' TYPE says it */
export function wrongType(key: Buffer, type: string): MnemeError {
  const shown = key.toString('utf8', 0, 200);
  const what = type === 'zset' ? 'a sorted set' : type === 'other' ? "a module's value" : `a ${type}`;
  const message = `"${shown}" is ${what}, and no string: read it with a Redis client at this node's port, or delete it`;
  return new MnemeError('wrong-type', message);
}

// ---

const CODES: Readonly<Record<string, MnemeErrorCode>> = {
  LOADING: 'loading',
  NOQUORUM: 'no-quorum',
  MISCONF: 'read-only',
  OOM: 'out-of-memory',
};
const OUT_OF_MEMORY =
  'the entries of this node take as much memory as maxMemory allows, and none of them can be evicted';
