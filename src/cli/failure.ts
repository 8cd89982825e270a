import { Errors } from '@oclif/core';
import { errorText } from '../admin/error-text.js';
import { EXIT, OperatorError } from '../core/errors.js';

/** An error as `--json` shows it: a promise to scripts. */
export interface Failure {
  code: string;
  message: string;
  /** A command to type next, or what to change; null if there is no advice. */
  hint: string | null;
  exitCode: number;
}

/** Sort an error by who must act on it: the operator, or us (code `bug`). */
export function failureOf(error: unknown): Failure {
  if (error instanceof OperatorError) {
    const { code, message, hint, exitCode } = error;
    return { code, message: message.replace(OF_A_FLAG, '$1: $2'), hint, exitCode };
  }
  if (error instanceof Errors.CLIError && error.oclif.exit === EXIT.usage) return usageFailure(error);
  return { code: 'bug', message: errorText(error), hint: null, exitCode: EXIT.bug };
}

/** What oclif makes of an error that the parser of a flag throws. */
const OF_A_FLAG = /^Parsing (--\S+) \n\t([\s\S]*?)\nSee more help with --help$/;

/** oclif ends its parse errors with a pointer to the help, which is our hint. */
function usageFailure(error: Errors.CLIError): Failure {
  const message = error.message.replace(/\nSee more help with --help\s*$/, '').trim();
  return { code: 'usage', message, hint: 'add --help to see arguments, flags and examples', exitCode: EXIT.usage };
}
