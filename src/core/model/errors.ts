import type { NextStep } from './next-step.js';

/** Exit codes: a promise to scripts. */
export const EXIT = {
  done: 0,
  bug: 1,
  usage: 2,
  unhealthy: 3,
  notReachable: 4,
  /** By the operator, or since nobody is there to say yes. */
  declined: 5,
  /** A precondition does not hold. */
  refused: 6,
  notFound: 7,
  timedOut: 8,
} as const;

/** Codes of OperatorError, with the exit code of each: stable, and what tests assert. */
export const EXIT_CODES = {
  usage: EXIT.usage,
  'bad-setting': EXIT.usage,
  'bad-line': EXIT.usage,
  unhealthy: EXIT.unhealthy,
  'not-reachable': EXIT.notReachable,
  declined: EXIT.declined,
  'no-terminal': EXIT.declined,
  'unknown-node': EXIT.notFound,
  'unknown-incident': EXIT.notFound,
  'unknown-user': EXIT.notFound,
  'unknown-plan': EXIT.notFound,
  'unknown-context': EXIT.notFound,
  'timed-out': EXIT.timedOut,
  refused: EXIT.refused,
  'name-taken': EXIT.refused,
  'wrong-cluster': EXIT.refused,
  'known-elsewhere': EXIT.refused,
  'second-instance': EXIT.refused,
  'no-quorum': EXIT.refused,
  forgotten: EXIT.refused,
  'no-split-brain': EXIT.refused,
  'resolution-running': EXIT.refused,
  'port-in-use': EXIT.refused,
  'directory-in-use': EXIT.refused,
  'directory-unwritable': EXIT.refused,
  'data-corrupt': EXIT.refused,
  'has-data': EXIT.refused,
  'not-authenticated': EXIT.refused,
  'not-permitted': EXIT.refused,
  'drills-not-allowed': EXIT.refused,
} as const;

export type OperatorErrorCode = keyof typeof EXIT_CODES;

/** Something the operator must act on: the message names the offending value, the hint says what to do next. */
export class OperatorError extends Error {
  override name = 'OperatorError';
  readonly exitCode: number;

  constructor(
    readonly code: OperatorErrorCode,
    message: string,
    readonly hint: string | NextStep | null = null,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.exitCode = EXIT_CODES[code];
  }
}

/** A rule of our own was broken: a bug. */
export class InvariantError extends Error {
  override name = 'InvariantError';
}
