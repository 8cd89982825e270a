import { Errors } from '@oclif/core';
import { errorText } from '../admin/protocol/error-text.js';
import { EXIT, OperatorError } from '../core/model/errors.js';
import { readAdvice } from '../hints/advice.js';
import { nextText } from '../hints/next-steps.js';
import { usageText } from './usage-errors.js';

/** An error as `--json` shows it: a promise to scripts. */
export interface Failure {
  code: string;
  message: string;
  /** A command to type next; null: none helps. */
  next: string | null;
  /** What is to be said beside the command, or in its place. */
  note: string | null;
  exitCode: number;
}

/**
 * Sort an error by who must act on it: the operator, or us (code `bug`).
 * @param command what was typed, without its arguments
 * @param flags the names of those that it takes
 */
export function failureOf(error: unknown, command = 'mneme', flags: readonly string[] = []): Failure {
  if (error instanceof OperatorError) {
    const { code, message, exitCode } = error;
    return { code, message: message.replace(OF_A_FLAG, '$1: $2'), ...nextOf(nextText(error.hint)), exitCode };
  }
  if (error instanceof Errors.CLIError && error.oclif.exit === EXIT.usage) return usageFailure(error, command, flags);
  return { code: 'bug', message: errorText(error), next: null, note: null, exitCode: EXIT.bug };
}

function nextOf(hint: string | null): Pick<Failure, 'next' | 'note'> {
  const { command, note } = readAdvice(hint);
  return { next: command, note };
}

/** What oclif makes of an error that the parser of a flag throws. */
const OF_A_FLAG = /^Parsing (--\S+) \n\t([\s\S]*?)\nSee more help with --help$/;

function usageFailure(error: Errors.CLIError, command: string, flags: readonly string[]): Failure {
  const message = usageText(error.message, command, flags);
  return { code: 'usage', message, next: `${command} --help`, note: null, exitCode: EXIT.usage };
}
