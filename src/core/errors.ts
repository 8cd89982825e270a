/** Codes of OperatorError: stable, and what tests assert. */
export type OperatorErrorCode =
  | 'usage'
  | 'not-reachable'
  | 'declined'
  | 'refused'
  | 'name-taken'
  | 'wrong-cluster'
  | 'known-elsewhere'
  | 'second-instance'
  | 'no-quorum'
  | 'forgotten'
  | 'unknown-node'
  | 'unknown-incident'
  | 'unknown-plan'
  | 'no-split-brain'
  | 'resolution-running'
  | 'port-in-use'
  | 'directory-in-use'
  | 'directory-unwritable'
  | 'data-corrupt'
  | 'has-data'
  | 'drills-not-allowed'
  | 'bad-setting'
  | 'bad-line'
  | 'unhealthy';

/** Exit codes: a promise to scripts. */
export const EXIT = { done: 0, bug: 1, usage: 2, unhealthy: 3, notReachable: 4, declined: 5, refused: 6 } as const;

/** Something the operator must act on: the message names the offending value, the hint is a command to type next. */
export class OperatorError extends Error {
  override name = 'OperatorError';
  readonly exitCode: number;

  constructor(
    readonly code: OperatorErrorCode,
    message: string,
    readonly hint: string | null = null,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.exitCode = exitCodeOf(code);
  }
}

/** A rule of our own was broken: a bug. */
export class InvariantError extends Error {
  override name = 'InvariantError';
}

function exitCodeOf(code: OperatorErrorCode): number {
  switch (code) {
    case 'usage':
    case 'bad-setting':
    case 'bad-line':
      return EXIT.usage;
    case 'unhealthy':
      return EXIT.unhealthy;
    case 'not-reachable':
      return EXIT.notReachable;
    case 'declined':
      return EXIT.declined;
    default:
      return EXIT.refused;
  }
}
